//! Texts with places for values: `{{name}}`, and nothing else. A value is put in as it is and never looked at again.
//!
//! Two braces that are meant as such are written as four: `{{{{`.

/// The longest name of a place, in characters.
const MOST_NAME: usize = 40;

/// Why a text is no template, or cannot be filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{{` begins something that is no name with `}}` behind it.
    #[error(
        "`{0}` is no place for a value: it is written `{{{{name}}}}`, two braces as such `{{{{{{{{`"
    )]
    Malformed(String),
    /// There is no value of this name.
    #[error("`{{{{{0}}}}}` stands for nothing: there is no parameter `{0}`")]
    Unknown(String),
    /// With its values the text would be longer than there is room for.
    #[error("with its values this is too long")]
    TooLong,
}

/// Whether this can be the name of a place: a letter, then letters, digits and `_`, at most 40.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= MOST_NAME
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
}

/// The names of the places in a text, in order, each as often as it stands there.
///
/// # Errors
/// [`TemplateError::Malformed`].
pub fn places(text: &str) -> Result<Vec<&str>, TemplateError> {
    let pieces = pieces(text)?.into_iter();
    let place = |piece| match piece {
        Piece::Place(name) => Some(name),
        Piece::Text(_) => None,
    };
    Ok(pieces.filter_map(place).collect())
}

/// The text with every place filled. `room` is how many bytes it, and what is filled after it, may have; what it takes is
/// taken off.
///
/// # Errors
/// [`TemplateError`].
pub fn fill<'v>(
    text: &str,
    value: impl Fn(&str) -> Option<&'v str>,
    room: &mut usize,
) -> Result<String, TemplateError> {
    let mut out = String::new();
    for piece in pieces(text)? {
        let piece = match piece {
            Piece::Text(text) => text,
            Piece::Place(name) => {
                value(name).ok_or_else(|| TemplateError::Unknown(name.to_owned()))?
            }
        };
        *room = room
            .checked_sub(piece.len())
            .ok_or(TemplateError::TooLong)?;
        out.push_str(piece);
    }
    Ok(out)
}

/// The template that is filled to this very text, whatever the values.
pub fn escape(text: &str) -> String {
    text.replace("{{", "{{{{")
}

/// The template that is filled to this very text by these values: each of them that stands in the text, as a word or words
/// of its own, becomes a place with its name. Where several begin at one place, the longest counts. Says for each value
/// whether it was found.
pub fn generalize(text: &str, values: &[(String, String)]) -> (String, Vec<bool>) {
    let mut found = vec![false; values.len()];
    let mut out = String::with_capacity(text.len());
    let mut literal = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let fits = values
            .iter()
            .enumerate()
            .filter(|(_, (_, value))| stands_at(text, at, value));
        if let Some((index, (name, value))) = fits.max_by_key(|(_, (_, value))| value.len()) {
            found[index] = true;
            out.push_str(&escape(&text[literal..at]));
            out.push_str(&format!("{{{{{name}}}}}"));
            at += value.len();
            literal = at;
        } else {
            at += c.len_utf8();
        }
    }
    out.push_str(&escape(&text[literal..]));
    (out, found)
}

/// Whether the value stands there and is no part of a longer word or number.
fn stands_at(text: &str, at: usize, value: &str) -> bool {
    let Some(rest) = text[at..].strip_prefix(value) else {
        return false;
    };
    let joined = |a: Option<char>, b: Option<char>| {
        a.zip(b)
            .is_some_and(|(a, b)| a.is_alphanumeric() && b.is_alphanumeric())
    };
    !value.is_empty()
        && !joined(text[..at].chars().next_back(), value.chars().next())
        && !joined(value.chars().next_back(), rest.chars().next())
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        pieces.push(Piece::Text(&rest[..at]));
        let braces = &rest[at..];
        if let Some(after) = braces.strip_prefix("{{{{") {
            pieces.push(Piece::Text(&braces[..2]));
            rest = after;
        } else if braces.starts_with("{{{") {
            // A brace as such before a place.
            pieces.push(Piece::Text(&braces[..1]));
            rest = &braces[1..];
        } else {
            let inside = &braces[2..];
            let name = inside.split("}}").next().unwrap_or_default();
            if !is_name(name) || name.len() == inside.len() {
                let shown: String = braces.chars().take(24).collect();
                return Err(TemplateError::Malformed(shown));
            }
            pieces.push(Piece::Place(name));
            rest = &inside[name.len() + 2..];
        }
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}
