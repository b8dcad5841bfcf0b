//! What the locale says about the characters that a terminal shows.

/// The variables that decide about characters, the strongest first.
const VARIABLES: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// The variable that decides about characters, and its value; none where no locale is set. `variable` gives the value of
/// a variable of the environment; an empty one counts as not set.
pub(crate) fn deciding(
    variable: impl Fn(&str) -> Option<String>,
) -> Option<(&'static str, String)> {
    let set = VARIABLES
        .iter()
        .filter_map(|&name| Some((name, variable(name)?)));
    set.into_iter().find(|(_, value)| !value.is_empty())
}

/// Whether the locale says that its terminals show more than ASCII.
pub(crate) fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_lowercase();
    cfg!(windows) || locale.contains("utf-8") || locale.contains("utf8")
}
