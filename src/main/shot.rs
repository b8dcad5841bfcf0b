//! Pictures of runs, handed to the interface that draws them.

use jiff::tz::TimeZone;
use planwright::cli::{ScreenName, ShotArgs};
use planwright::config::theme::Theme;
use planwright::headless::out::Stdout;
use planwright::headless::{Exit, Failure, deliver};
use planwright::session::Session;
use planwright::tui::app::AppOptions;
use planwright::tui::look::Look;
use planwright::tui::palette::{Colors, Depth};
use planwright::tui::shot::{self, Shot, ShotError};

/// Makes a picture.
pub(super) fn shot(
    session: &Session,
    args: &ShotArgs,
    stdout: &mut Stdout,
) -> Result<Exit, Failure> {
    let run = session.store().find(&args.run)?;
    let mut ui = session.config().ui.clone();
    let theme = Theme::ALL
        .into_iter()
        .find(|theme| Some(theme.word()) == args.theme.as_deref());
    ui.theme = theme.unwrap_or(ui.theme);
    let at = match (args.at, args.screen) {
        (None, ScreenName::Review) => shot::review_of(session, &run)?,
        (at, _) => at,
    };
    let picture = Shot {
        at,
        step: args.step.clone(),
        keys: format!("{} {}", args.screen.keys(), args.keys),
        size: args.size,
        options: AppOptions {
            look: Look {
                ascii: ui.ascii || args.ascii,
                color: ui.color,
                reduced_motion: true,
                colors: Colors::new(&ui.palette(None), Depth::Full),
                ..Look::default()
            },
            approval: session.config().approval,
            // The same picture wherever it is made.
            time_zone: Some(TimeZone::UTC),
            ..AppOptions::default()
        },
    };
    let svg = shot::shot(session, &run, &picture).map_err(|error| match error {
        ShotError::Session(error) => error.into(),
        ShotError::Key(_) | ShotError::Record { .. } | ShotError::Step(..) => {
            Failure::new(Exit::Usage, error.to_string())
        }
    })?;
    deliver(&svg, args.output.as_deref(), stdout)
}
