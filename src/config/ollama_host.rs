//! `OLLAMA_HOST` as Ollama's own client reads it (`envconfig.Host` in its source).

use url::Url;

/// Where the server is when nothing says so.
pub(super) const DEFAULT: &str = "http://127.0.0.1:11434";

/// What a text says about where the server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Scheme, host, port and path, without a slash at the end: `http://127.0.0.1:11434`.
    pub base_url: String,
    /// What was wrong with the text and passed over, as Ollama does.
    pub warning: Option<String>,
}

/// Reads any form that Ollama takes: host, port, both, with or without `http://` or `https://`, brackets, a path,
/// spaces and quotes around it. What is not said is filled in: `http`, `127.0.0.1`, and port 11434, or 80 or 443 where
/// the scheme is written out. An address that means *every* address of a machine (`0.0.0.0`, `[::]`), which is what a
/// server listens on, becomes the machine itself, which is what a client connects to.
///
/// # Errors
/// One sentence, where no URL comes of it.
pub fn parse(text: &str) -> Result<Host, String> {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    let (scheme, rest, default_port) = match text.split_once("://") {
        None if text == "ollama.com" => ("https", text, 443),
        None => ("http", text, 11434),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest, 80),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest, 443),
        Some((scheme, _)) => {
            return Err(format!("`{scheme}` is not a scheme of a model server"));
        }
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err("a user name or password is not taken in it".to_owned());
    }
    let (host, port) = split_port(authority);
    let (port, warning) = match port.map(|port| (port, port.parse::<u16>())) {
        None => (default_port, None),
        Some((_, Ok(port))) => (port, None),
        Some((port, Err(_))) => (
            default_port,
            Some(format!("`{port}` is not a port, {default_port} is taken")),
        ),
    };
    let host = match host {
        "" | "0.0.0.0" => "127.0.0.1".to_owned(),
        "::" => "[::1]".to_owned(),
        address if address.contains(':') => format!("[{address}]"),
        name => name.to_owned(),
    };
    let path = path.trim_end_matches('/');
    let slash = if path.is_empty() { "" } else { "/" };
    let base_url = format!("{scheme}://{host}:{port}{slash}{path}");
    match Url::parse(&base_url) {
        Ok(url) if url.query().is_none() && url.fragment().is_none() => {
            Ok(Host { base_url, warning })
        }
        Ok(_) => Err("a URL of a server has no `?` and no `#`".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The host without brackets, and the text after the colon that sets off a port.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if let Some(inside) = authority.strip_prefix('[') {
        return match inside.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, rest)) if rest.starts_with(':') => (host, Some(&rest[1..])),
            _ => (authority, None),
        };
    }
    match authority.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port)),
        _ => (authority, None),
    }
}
