//! Pages and searches of the web, against servers on loopback and names that lead astray.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use planwright::domain::policy::{Permission, Policy};
use planwright::tool::builtin::fetch_url::FetchUrl;
use planwright::tool::builtin::web_search::{FindKey, SearchKind, WebSearch};
use planwright::tool::web::{Lookup, Web};
use planwright::tool::{Tool, ToolError};
use serde_json::json;

use super::call;

type Answer = dyn Fn(&str, &mut TcpStream) + Send + Sync;

/// A server that answers each path as it is told; keeps what it was asked.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has one");
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (answer, log): (Arc<Answer>, _) = (Arc::new(answer), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, log) = (Arc::clone(&answer), Arc::clone(&log));
                thread::spawn(move || serve(stream, &*answer, &log));
            }
        });
        Self { address, asked }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panicked").clone()
    }
}

fn serve(mut stream: TcpStream, answer: &Answer, log: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(n @ 1..) => request.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let length = text.to_ascii_lowercase();
    let length = length
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    let head = text.find("\r\n\r\n").map_or(0, |at| at + 4);
    while request.len() < head + length.unwrap_or(0) {
        match stream.read(&mut buffer) {
            Ok(n @ 1..) => request.extend_from_slice(&buffer[..n]),
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().expect("nobody panicked").push(text);
    answer(&path, &mut stream);
}

fn send(stream: &mut TcpStream, status: &str, headers: &str, body: impl AsRef<[u8]>) {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
}

fn html(stream: &mut TcpStream, body: &str) {
    send(
        stream,
        "200 OK",
        "content-type: text/html; charset=utf-8\r\n",
        body,
    );
}

/// The tool, trusting this server.
fn fetch(server: &Server) -> FetchUrl {
    FetchUrl::new(Web::new(vec![server.address.to_string()]))
}

async fn get(tool: &FetchUrl, url: &str) -> Result<String, ToolError> {
    let work = call(tool, json!({ "url": url }));
    tokio::time::timeout(Duration::from_secs(40), work)
        .await
        .expect("it ends")
}

#[tokio::test]
async fn a_page_is_text_and_other_things_are_named() {
    let server = Server::start(|path, stream| match path {
        "/page" => html(
            stream,
            "<title>Harbour</title><script>x</script><h1>Ships</h1><p>Three <b>ships</b>.</p>",
        ),
        "/json" => send(
            stream,
            "200 OK",
            "content-type: application/json\r\n",
            "{\"a\": 1}",
        ),
        "/latin" => send(
            stream,
            "200 OK",
            "content-type: text/plain; charset=iso-8859-1\r\n",
            b"caf\xe9",
        ),
        "/image" => send(
            stream,
            "200 OK",
            "content-type: image/png\r\n",
            vec![0; 5_000],
        ),
        "/lies" => send(stream, "200 OK", "content-type: text/plain\r\n", b"a\x00b"),
        _ => send(stream, "404 Not Found", "", "nothing"),
    });
    let tool = fetch(&server);
    let page = get(&tool, &server.url("/page")).await.expect("it is got");
    assert!(
        page.ends_with("# Harbour\n\n# Ships\n\nThree **ships**."),
        "{page}"
    );
    assert!(
        get(&tool, &server.url("/json"))
            .await
            .expect("it is got")
            .ends_with("{\"a\": 1}")
    );
    assert!(
        get(&tool, &server.url("/latin"))
            .await
            .expect("it is got")
            .ends_with("café")
    );
    for (path, words) in [
        ("/image", "it is no text: image/png of 5000 bytes"),
        ("/lies", "it is no text"),
        ("/none", "the server answered 404"),
    ] {
        let error = get(&tool, &server.url(path))
            .await
            .expect_err("it is refused")
            .to_string();
        assert!(error.contains(words), "{path}: {error}");
    }
    assert!(server.asked()[0].contains("accept-encoding: identity"));
}

#[tokio::test]
async fn private_addresses_are_refused_however_they_are_written() {
    let server = Server::start(|_, stream| html(stream, "SECRET"));
    let port = server.address.port();
    let tool = FetchUrl::new(Web::new(Vec::new()));
    for host in [
        "127.0.0.1",
        "localhost",
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "127.0.0.1.",
        "LOCALHOST",
    ] {
        let ended = get(&tool, &format!("http://{host}:{port}/")).await;
        assert!(ended.is_err(), "{host}: {ended:?}");
    }
    for url in [
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/",
        "http://10.0.0.1/",
        "http://[fd00:ec2::254]/",
        "http://printer.local/",
        "http://example.org:22/",
    ] {
        let ended = get(&tool, url).await;
        assert!(
            matches!(ended, Err(ToolError::Refused(_))),
            "{url}: {ended:?}"
        );
    }
    for url in [
        "file:///etc/passwd",
        "ftp://example.org/",
        "http://user:pass@example.org/",
        "javascript:alert(1)",
        "no address",
        "http://",
    ] {
        let ended = get(&tool, url).await;
        assert!(
            matches!(ended, Err(ToolError::BadArguments(_))),
            "{url}: {ended:?}"
        );
    }
    assert!(server.asked().is_empty(), "nobody was spoken to");
}

#[tokio::test]
async fn a_public_name_with_a_private_address_is_refused_and_the_address_that_was_looked_at_is_used()
 {
    let server = Server::start(|_, stream| html(stream, "SECRET"));
    let port = server.address.port();
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    // Public at the first look, private at every later one.
    let lookup: Lookup = Arc::new(move |_, port| {
        let mut looks = count.lock().expect("nobody panicked");
        *looks += 1;
        let ip: std::net::IpAddr = if *looks == 1 {
            "192.0.2.1"
        } else {
            "127.0.0.1"
        }
        .parse()
        .expect("an address");
        Box::pin(async move { Ok(vec![SocketAddr::new(ip, port)]) })
    });
    let tool = FetchUrl::new(Web::with_lookup(Vec::new(), lookup));
    for _ in 0..3 {
        let ended = get(&tool, &format!("http://rebind.example.org:{port}/")).await;
        assert!(matches!(ended, Err(ToolError::Refused(_))), "{ended:?}");
    }
    assert_eq!(
        *asked.lock().expect("nobody panicked"),
        3,
        "one look for each call"
    );
    // One private address among public ones is enough.
    let both: Lookup = Arc::new(|_, port| {
        let ips: [std::net::IpAddr; 2] =
            ["1.1.1.1", "10.0.0.1"].map(|ip| ip.parse().expect("an address"));
        Box::pin(async move { Ok(ips.map(|ip| SocketAddr::new(ip, port)).to_vec()) })
    });
    let tool = FetchUrl::new(Web::with_lookup(Vec::new(), both));
    assert!(matches!(
        get(&tool, "http://two.example.org/").await,
        Err(ToolError::Refused(_))
    ));
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn redirects_are_looked_at_one_by_one_and_do_not_change_hosts() {
    let server = Server::start(|path, stream| {
        let to = |stream: &mut TcpStream, to: &str| {
            send(stream, "302 Found", &format!("location: {to}\r\n"), "");
        };
        match path {
            "/metadata" => to(stream, "http://169.254.169.254/latest/meta-data/"),
            "/file" => to(stream, "file:///etc/passwd"),
            "/other" => to(stream, "https://other.example.org/page"),
            "/port" => to(stream, "http://127.0.0.1:1/"),
            "/loop" => to(stream, "/loop"),
            "/nowhere" => send(stream, "302 Found", "", ""),
            "/once" => to(stream, "/page"),
            _ => html(stream, "<p>Arrived."),
        }
    });
    let tool = fetch(&server);
    assert!(
        get(&tool, &server.url("/once"))
            .await
            .expect("it is followed")
            .ends_with("Arrived.")
    );
    for (path, words) in [
        (
            "/metadata",
            "redirects to another host, http://169.254.169.254/",
        ),
        ("/file", "must begin with http"),
        ("/other", "https://other.example.org/page"),
        ("/port", "redirects to another host"),
        ("/loop", "more than 5 redirects"),
        ("/nowhere", "redirects to nowhere"),
    ] {
        let error = get(&tool, &server.url(path))
            .await
            .expect_err("it is refused")
            .to_string();
        assert!(error.contains(words), "{path}: {error}");
    }
    assert!(server.asked().len() < 20);
}

#[tokio::test]
async fn bodies_are_bounded_in_size_and_nothing_is_unpacked() {
    let server = Server::start(|path, stream| match path {
        "/bomb" => send(
            stream,
            "200 OK",
            "content-type: text/html\r\ncontent-encoding: gzip\r\n",
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
        ),
        "/endless" => {
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n",
            );
            let block = vec![b'x'; 65_536];
            while stream.write_all(&block).is_ok() {}
        }
        "/deep" => html(stream, &"<div>".repeat(200_000)),
        _ => {
            // Says it will be long, and says no more.
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\n",
            );
            thread::sleep(Duration::from_secs(60));
        }
    });
    let tool = fetch(&server);
    let bomb = get(&tool, &server.url("/bomb")).await;
    assert!(
        matches!(&bomb, Err(ToolError::Refused(why)) if why.contains("packed")),
        "{bomb:?}"
    );
    let started = Instant::now();
    let endless = get(&tool, &server.url("/endless"))
        .await
        .expect("it is cut");
    assert!(endless.len() <= planwright::tool::MOST_OUTPUT);
    assert!(endless.contains("bytes left out here") || endless.contains("[cut after"));
    assert!(get(&tool, &server.url("/deep")).await.is_ok());
    assert!(started.elapsed() < Duration::from_secs(15));
    let cancel = tokio_util::sync::CancellationToken::new();
    let arguments = json!({"url": server.url("/silent")});
    let context = planwright::tool::CallContext {
        cancel: cancel.clone(),
        reach: tool.reach(&arguments),
    };
    let work = tool.call(context, arguments);
    let stop = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        cancel.cancel();
    };
    let (ended, ()) =
        tokio::time::timeout(Duration::from_secs(3), async { tokio::join!(work, stop) })
            .await
            .expect("it ends");
    assert_eq!(ended, Err(ToolError::Cancelled));
}

#[tokio::test]
async fn the_host_is_what_rules_are_about() {
    let tool = FetchUrl::new(Web::new(Vec::new()));
    let reach = tool.reach(&json!({"url": "https://Docs.Example.org:8443/x?y#z"}));
    assert_eq!(reach.host.as_deref(), Some("docs.example.org"));
    assert!(reach.network);
    assert_eq!(
        Policy::default().decide("fetch_url", &reach).0,
        Permission::Ask
    );
}

#[tokio::test]
async fn each_search_service_is_asked_in_its_own_words() {
    let one = json!({"title": "Ships\u{1b}[31m", "url": "https://example.org/a", "content": "Three ships."});
    let brave = json!({"web": {"results": [{"title": "Ships", "url": "https://example.org/a", "description": "Three ships."}]}});
    let cases = [
        (
            SearchKind::Searxng,
            None,
            json!({"results": [one]}),
            "GET /search?q=ships+in+port&format=json",
            "",
        ),
        (
            SearchKind::Brave,
            Some("key-123"),
            brave,
            "GET /res/v1/web/search?q=ships+in+port&count=3",
            "x-subscription-token: key-123",
        ),
        (
            SearchKind::Tavily,
            Some("key-123"),
            json!({"results": [one]}),
            "POST /search",
            "authorization: Bearer key-123",
        ),
        (
            SearchKind::Ollama,
            Some("key-123"),
            json!({"results": [one]}),
            "POST /api/web_search",
            "authorization: Bearer key-123",
        ),
    ];
    for (kind, key, answer, line, header) in cases {
        let body = answer.to_string();
        let server = Server::start(move |_, stream| {
            send(
                stream,
                "200 OK",
                "content-type: application/json\r\n",
                &body,
            );
        });
        let key = key.map(str::to_owned);
        let find: FindKey = Arc::new(move || {
            let key = key.clone();
            Box::pin(async move { Ok(key) })
        });
        let base = server.url("/").parse().expect("an address");
        let tool = WebSearch::new(kind, base, find, Web::new(Vec::new()));
        let told = call(&tool, json!({"query": " ships in port ", "results": 3}))
            .await
            .expect("it is found");
        assert!(
            told.starts_with("1. Ships") && told.contains("\nhttps://example.org/a\nThree ships."),
            "{told}"
        );
        assert!(!told.contains('\u{1b}'));
        let asked = &server.asked()[0];
        assert!(asked.starts_with(line), "{asked}");
        assert!(asked.contains(header), "{asked}");
        if line.starts_with("POST") {
            assert!(
                asked.contains("\"query\":\"ships in port\"")
                    && asked.contains("\"max_results\":3"),
                "{asked}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_search_is_said_without_the_key() {
    let no_key: FindKey =
        Arc::new(|| Box::pin(async { Err("the variable SEARCH_KEY is not set".to_owned()) }));
    let server = Server::start(|_, stream| {
        send(
            stream,
            "401 Unauthorized",
            "content-type: text/plain\r\n",
            "bad key",
        );
    });
    let base: url::Url = server.url("/").parse().expect("an address");
    let tool = WebSearch::new(
        SearchKind::Brave,
        base.clone(),
        no_key,
        Web::new(Vec::new()),
    );
    let error = call(&tool, json!({"query": "x"}))
        .await
        .expect_err("there is no key")
        .to_string();
    assert!(error.contains("SEARCH_KEY"), "{error}");
    let key: FindKey = Arc::new(|| Box::pin(async { Ok(Some("very-secret".to_owned())) }));
    let tool = WebSearch::new(SearchKind::Brave, base, key, Web::new(Vec::new()));
    let error = call(&tool, json!({"query": "x"}))
        .await
        .expect_err("it is refused")
        .to_string();
    assert!(
        error.contains("401") && !error.contains("very-secret"),
        "{error}"
    );
    assert!(matches!(
        call(&tool, json!({"query": "  "})).await,
        Err(ToolError::BadArguments(_))
    ));
}
