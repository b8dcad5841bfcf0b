//! The models of the servers: what there is, what is loaded, fetching, choosing, deleting.

use planwright::domain::chat::{ModelInfo, Role};
use planwright::session::{InstalledModel, LoadedModel, PullProgress, ServerStatus};
use planwright::tui::effect::{Clock, Effect, Msg};

use super::desk::{Desk, at, server};

fn model(name: &str, size: u64) -> InstalledModel {
    InstalledModel {
        name: name.to_owned(),
        size,
        family: Some("llama".to_owned()),
        parameter_size: Some("3.2B".to_owned()),
        quantization: Some("Q4_K_M".to_owned()),
        modified_at: None,
        loaded: None,
    }
}

pub(crate) fn progress(completed: u64, total: u64) -> PullProgress {
    PullProgress {
        status: "pulling 6a0746a1ec1a".to_owned(),
        total: Some(total),
        completed: Some(completed),
    }
}

/// The list with three models, one of them loaded.
pub(crate) fn listing(desk: &mut Desk) {
    desk.keys("esc M");
    let mut loaded = model("llama3.1:8b", 4_920_753_328);
    loaded.loaded = Some(LoadedModel {
        context: Some(8192),
        memory: 6_654_289_920,
        vram: 3_327_144_960,
        expires_at: Some(at(240_000)),
    });
    let models = vec![
        loaded,
        model("qwen3:4b", 2_620_788_019),
        model("gpu:mistral-small", 0),
    ];
    let failed = "`far`: cannot be reached".to_owned();
    let roles = vec![
        (Role::Planner, "llama3.1:8b".to_owned()),
        (Role::Executor, "qwen3:4b".to_owned()),
        (Role::Replanner, "ollama:llama3.1:8b".to_owned()),
    ];
    desk.tell(Msg::Roles(roles))
        .tell(Msg::Models(models, vec![failed]));
}

#[test]
fn the_models_of_all_servers_look_like_this() {
    for (width, height) in super::screens::SIZES {
        let mut desk = Desk::new(width, height).served();
        listing(&mut desk);
        let info = ModelInfo {
            capabilities: vec!["completion".to_owned(), "tools".to_owned()],
            context_length: Some(131_072),
            ..ModelInfo::default()
        };
        desk.tell(Msg::ModelShown("llama3.1:8b".to_owned(), info));
        desk.keys("n").types("llama3.2").keys("enter");
        assert!(
            desk.take_effects()
                .contains(&Effect::Pull("llama3.2".to_owned()))
        );
        desk.tell(Msg::Pulling(progress(200_000_000, 2_000_000_000)));
        desk.wait(2_000)
            .tell(Msg::Pulling(progress(800_000_000, 2_000_000_000)));
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false, snapshot_path => "snapshots"}, {
            insta::assert_snapshot!(format!("models_{width}x{height}"), desk.screen());
        });
    }
}

#[test]
fn fetching_goes_on_beside_everything_else_until_it_is_called_off() {
    let mut desk = Desk::new(100, 30).served();
    listing(&mut desk);
    desk.keys("c").expect("no model is being fetched");
    desk.keys("n")
        .types("qwen3:4b")
        .keys("enter")
        .take_effects();
    assert_eq!(desk.app.clock(), Clock::Second);
    desk.keys("n").expect("a model is being fetched already");
    desk.tell(Msg::Pulling(progress(500, 1000))).keys("esc");
    desk.expect("fetching qwen3:4b").expect("50 %");
    desk.keys("M c");
    assert!(desk.take_effects().contains(&Effect::CancelPull));
    desk.tell(Msg::Pulled(
        "qwen3:4b".to_owned(),
        Some("it was called off".to_owned()),
    ));
    desk.expect("qwen3:4b is not fetched; what is there of it is kept");
    assert_eq!(desk.take_effects(), [Effect::ListModels, Effect::Probe]);
    desk.keys("n").types("nothing").keys("enter");
    desk.tell(Msg::Pulled(
        "nothing".to_owned(),
        Some("file does not exist".to_owned()),
    ));
    desk.expect("nothing could not be fetched: file does not exist");
}

#[test]
fn a_model_is_chosen_for_a_role_and_deleted_only_when_that_is_meant() {
    let mut desk = Desk::new(100, 30).served();
    listing(&mut desk);
    desk.take_effects();
    desk.keys("j e");
    assert_eq!(
        desk.take_effects(),
        [
            Effect::UseFor(Role::Executor, "qwen3:4b".to_owned()),
            Effect::ListModels
        ]
    );
    desk.keys("a");
    assert!(
        desk.take_effects()
            .contains(&Effect::UseModel("qwen3:4b".to_owned()))
    );
    desk.keys("x").expect("Delete it?").keys("n");
    assert_eq!(desk.take_effects(), []);
    desk.keys("x y");
    assert_eq!(
        desk.take_effects(),
        [Effect::DeleteModel("qwen3:4b".to_owned())]
    );
    desk.tell(Msg::ModelDeleted("qwen3:4b".to_owned()))
        .expect("qwen3:4b is deleted");
}

#[test]
fn a_loaded_model_is_taken_out_of_memory_by_a_key() {
    let mut desk = Desk::new(100, 30).served();
    listing(&mut desk);
    desk.take_effects();
    desk.keys("u");
    assert_eq!(
        desk.take_effects(),
        [Effect::UnloadModel("llama3.1:8b".to_owned())]
    );
    desk.tell(Msg::ModelUnloaded("llama3.1:8b".to_owned()))
        .expect("llama3.1:8b is taken out of memory");
    assert_eq!(desk.take_effects(), [Effect::ListModels]);
    desk.keys("j u").expect("this model is not loaded");
    assert_eq!(desk.take_effects(), []);
}

#[test]
fn where_the_server_has_none_one_key_fetches_a_small_one() {
    let none = || ServerStatus {
        models: Vec::new(),
        ..server()
    };
    let mut desk = Desk::new(100, 30);
    desk.tell(Msg::Probed(none(), "auto".to_owned()));
    desk.expect("has no model")
        .expect("llama3.2 is a small one: 2.0 GB");
    desk.expect("alt-p fetch a small model").take_effects();
    desk.keys("alt-p");
    assert_eq!(desk.take_effects(), [Effect::Pull("llama3.2".to_owned())]);
    desk.tell(Msg::Pulling(progress(1, 4))).expect("25 %");
    desk.tell(Msg::Pulled("llama3.2".to_owned(), None))
        .expect("llama3.2 is there");
    desk.tell(Msg::Probed(server(), "llama3.2".to_owned()))
        .expect_not("has no model");
    let mut desk = Desk::new(100, 30);
    desk.tell(Msg::Probed(none(), "auto".to_owned()))
        .keys("esc p");
    assert!(
        desk.take_effects()
            .contains(&Effect::Pull("llama3.2".to_owned()))
    );
}
