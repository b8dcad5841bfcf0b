//! A picture of any screen of any run: the interface itself, driven without a terminal.

use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::app::{App, AppOptions};
use super::effect::{Effect, Msg};
use super::{chord, svg, update, view, world};
use crate::domain::event::{EventRecord, RunEvent};
use crate::domain::ids::RunId;
use crate::session::{InstalledModel, ServerStatus, Session, SessionError};

/// What a picture is of.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The run as it was after the record with this `seq`, at work; none for all of it, to read.
    pub at: Option<u64>,
    /// The number of the step that is selected, as the plan shows it; none for whatever the run shows by itself.
    pub step: Option<String>,
    /// Keys pressed then, written as `planwright keys` shows them, with spaces between them.
    pub keys: String,
    /// Columns and rows.
    pub size: (u16, u16),
    /// How the interface looks.
    pub options: AppOptions,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum ShotError {
    /// The run cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// There is no such key.
    #[error("`{0}` is no key; `planwright keys` shows how keys are written")]
    Key(String),
    /// There is no such step: what was asked for, and the number of the last one.
    #[error("there is no step `{0}` there; the last one is `{1}`")]
    Step(String, String),
    /// There is no such record.
    #[error("the run has records 1 to {last}, and none with number {wanted}")]
    Record {
        /// What was asked for.
        wanted: u64,
        /// The number of the last one.
        last: u64,
    },
}

/// Where the last version of the plan of a run waited for a person, as the `seq` of its record.
///
/// # Errors
/// Where the run cannot be read.
pub fn review_of(session: &Session, run: &RunId) -> Result<Option<u64>, SessionError> {
    let records = session.store().load(run)?;
    let proposed = |record: &&EventRecord| matches!(record.event, RunEvent::PlanProposed { .. });
    Ok(records.iter().rev().find(proposed).map(|record| record.seq))
}

/// The picture as an SVG document: the same for the same run, whenever it is made.
///
/// # Errors
/// [`ShotError`]
pub fn shot(session: &Session, run: &RunId, shot: &Shot) -> Result<String, ShotError> {
    let status = session
        .store()
        .summary(run)
        .map_err(SessionError::from)?
        .status;
    let mut records = session.store().load(run).map_err(SessionError::from)?;
    let last = records.last().map_or(0, |record| record.seq);
    if let Some(at) = shot.at {
        if at == 0 || at > last {
            return Err(ShotError::Record { wanted: at, last });
        }
        records.retain(|record| record.seq <= at);
    }
    let now = records
        .last()
        .map_or(Timestamp::UNIX_EPOCH, |record| record.at);
    let mut app = App::new(&shot.options, now);
    let mut desk = Desk {
        app: &mut app,
        session,
    };
    desk.tell(Msg::Resize(shot.size.0, shot.size.1));
    desk.tell(server(&records));
    let opening = update::opening(desk.app);
    desk.perform(opening);
    desk.app.server.asking = false;
    desk.tell(match shot.at {
        Some(_) => Msg::Watching(run.clone(), records),
        None => Msg::Opened(run.clone(), records, status),
    });
    if let Some(step) = &shot.step {
        select(desk.app, step)?;
    }
    for written in shot.keys.split_whitespace() {
        let key = chord::event(written).ok_or_else(|| ShotError::Key(written.to_owned()))?;
        desk.tell(Msg::Key(key));
    }
    Ok(picture(&app, shot.size))
}

/// What the interface shows at this moment, as an SVG document. `size` is columns and rows.
pub fn picture(app: &App, size: (u16, u16)) -> String {
    let drawn = Terminal::new(TestBackend::new(size.0, size.1)).and_then(|mut terminal| {
        terminal.draw(|frame| view::draw(app, frame))?;
        Ok(svg::picture(terminal.backend().buffer(), &app.title()))
    });
    // Nothing can fail that draws into memory.
    drawn.unwrap_or_else(|never| match never {})
}

/// Selects the step of this number in the run on screen.
fn select(app: &mut App, step: &str) -> Result<(), ShotError> {
    let missing = |last: String| ShotError::Step(step.to_owned(), last);
    let Some(watch) = app.watch_mut() else {
        return Err(missing(String::new()));
    };
    let rows = watch.rows();
    let last = rows.last().map(|row| row.number.clone());
    let place = rows.iter().position(|row| row.number == step);
    match place {
        Some(place) => {
            watch.pin_row(place);
            Ok(())
        }
        None => Err(missing(last.unwrap_or_else(|| "0".to_owned()))),
    }
}

/// The app and what it reads from.
struct Desk<'a> {
    app: &'a mut App,
    session: &'a Session,
}

impl Desk<'_> {
    fn tell(&mut self, msg: Msg) {
        let effects = update::update(self.app, msg);
        self.perform(effects);
    }

    /// Reads what is asked for; what would change anything is left undone.
    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Some(msg) = world::look(self.session, &effect) {
                self.tell(msg);
            }
        }
    }
}

/// A server that has the models of the run: no server is asked for a picture.
fn server(records: &[EventRecord]) -> Msg {
    let model = records.first().and_then(|record| match &record.event {
        RunEvent::RunStarted { models, .. } => Some(models.executor.clone()),
        _ => None,
    });
    let model = model.unwrap_or_default();
    let installed = InstalledModel {
        name: model.clone(),
        size: 0,
        family: None,
        parameter_size: None,
        quantization: None,
        modified_at: None,
        loaded: None,
    };
    let status = ServerStatus {
        url: String::new(),
        version: Ok(String::new()),
        models: vec![installed],
    };
    Msg::Probed(status, model)
}
