//! What a program tries in vain.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use planwright::tool::Tool;
use planwright::tool::sandbox::Allowance;
use serde_json::json;

use super::place::Place;

#[tokio::test]
async fn it_writes_in_the_workspace_and_its_temporary_folder_only() {
    let place = Place::new();
    let script = "echo 1 > made && mkdir d && mv made d/moved && echo 2 > $TMPDIR/x && cat $TMPDIR/x d/moved && echo > /dev/null && echo fine";
    let text = place.bash(script).await;
    assert!(text.ends_with("2\n1\nfine"), "{text}");
    assert!(place.path("home/work/d/moved").exists());
    if !place.contains_files() {
        return;
    }
    let outside = place.path("home/made");
    for target in [
        outside.to_str().unwrap(),
        "/tmp/planwright-made",
        "/etc/planwright-made",
    ] {
        let text = place.bash(&format!("echo 1 > {target}")).await;
        assert!(text.contains("ermission denied"), "{target}: {text}");
        assert!(!fs::exists(target).unwrap(), "{target}");
    }
    let letter = place.path("home/letter.txt");
    for way in ["rm -f", "truncate -s 0", "mv -t .", "ln -t ."] {
        let text = place
            .bash(&format!("{way} {} && echo done", letter.display()))
            .await;
        assert!(!text.contains("done"), "{way}: {text}");
    }
    assert_eq!(fs::read_to_string(letter).unwrap(), "a-letter");
    // A link out of the workspace leads nowhere.
    let text = place
        .bash("ln -s ../../home/letter.txt l; echo 1 >> l; cat l")
        .await;
    assert!(
        !text.contains("a-letter") && text.contains("ermission denied"),
        "{text}"
    );
}

#[tokio::test]
async fn it_reads_no_keys_nor_planwrights_own_files_nor_a_persons() {
    let place = Place::new();
    if !place.contains_files() {
        return;
    }
    let own = std::process::id();
    for file in [
        "home/.ssh/id",
        "home/.config/planwright/config.toml",
        "home/letter.txt",
    ] {
        let text = place
            .bash(&format!("cat {}", place.path(file).display()))
            .await;
        assert!(text.contains("ermission denied"), "{file}: {text}");
    }
    for file in [format!("/proc/{own}/environ"), format!("/proc/{own}/mem")] {
        let text = place.bash(&format!("head -c 1 {file} && echo GOT")).await;
        assert!(!text.contains("GOT"), "{file}: {text}");
    }
    let text = place
        .bash("cat /etc/shadow; ls /root; : < /dev/tty; echo > /dev/tty")
        .await;
    assert_eq!(text.matches("ermission denied").count(), 4, "{text}");
    // What every program needs stays open.
    let text = place
        .bash("head -c 1 /etc/passwd && ls /usr/bin > /dev/null && echo fine")
        .await;
    assert!(text.ends_with("fine"), "{text}");
}

#[tokio::test]
async fn folders_that_a_person_adds_are_open() {
    let place = Place::with(|root, options| {
        fs::create_dir_all(root.join("more")).unwrap();
        fs::create_dir_all(root.join("home/cache")).unwrap();
        fs::write(root.join("more/a"), "added").unwrap();
        options.readable.push(root.join("more"));
        options.writable.push("~/cache".into());
    });
    let (more, cache) = (place.path("more"), place.path("home/cache"));
    let text = place
        .bash(&format!(
            "cat {0}/a; echo 1 > {1}/b; echo 1 > {0}/b",
            more.display(),
            cache.display()
        ))
        .await;
    assert!(text.contains("added"), "{text}");
    assert!(cache.join("b").exists());
    assert_eq!(more.join("b").exists(), !place.contains_files(), "{text}");
}

#[tokio::test]
async fn a_home_that_is_the_workspace_keeps_what_is_hidden_in_it() {
    let place = Place::with(|root, options| {
        options.workspace = root.join("home");
        fs::write(root.join("home/.bashrc"), "").unwrap();
    });
    if !place.contains_files() {
        return;
    }
    let text = place
        .bash("echo 1 > work/made; echo evil >> .bashrc; cat .ssh/id; echo x >> .config/planwright/config.toml; ls")
        .await;
    assert_eq!(text.matches("ermission denied").count(), 3, "{text}");
    assert!(
        place.path("home/work/made").exists() && text.contains("work"),
        "{text}"
    );
    assert_eq!(fs::read_to_string(place.path("home/.bashrc")).unwrap(), "");
    let how = place.sandbox.containment(&Allowance {
        write: true,
        ..Allowance::default()
    });
    assert!(how.contains("holds your home folder"), "{how}");
}

#[tokio::test]
async fn it_has_no_network_neither_tcp_nor_udp_nor_sockets_of_other_programs() {
    let place = Place::new();
    if !place.contains_network() {
        return;
    }
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    tcp.set_nonblocking(true).unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    udp.set_nonblocking(true).unwrap();
    let (tcp_port, udp_port) = (
        tcp.local_addr().unwrap().port(),
        udp.local_addr().unwrap().port(),
    );
    for script in [
        format!("echo x > /dev/tcp/127.0.0.1/{tcp_port}"),
        format!("echo x > /dev/udp/127.0.0.1/{udp_port}"),
        format!("echo x > /dev/tcp/::1/{tcp_port}"),
    ] {
        let text = place.bash(&script).await;
        assert!(text.contains("Operation not permitted"), "{script}: {text}");
        assert!(text.starts_with("exit status 1"), "{script}: {text}");
    }
    assert_eq!(tcp.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!(
        udp.recv(&mut [0; 9]).unwrap_err().kind(),
        ErrorKind::WouldBlock
    );
    // The same with the network, so that the test would notice if bash could not do it at all.
    let script =
        format!("echo x > /dev/tcp/127.0.0.1/{tcp_port}; echo y > /dev/udp/127.0.0.1/{udp_port}");
    let open = place
        .use_tool(
            &place.tool(true),
            json!({"command": ["bash", "-c", script]}),
        )
        .await;
    assert!(tcp.accept().is_ok(), "{open:?}");
    assert_eq!(udp.recv(&mut [0; 9]).unwrap(), 2, "{open:?}");
}

/// System calls that no shell can make: each is one small program, in machine code. It ends with status 1 where the call
/// failed with EPERM, and with 0 otherwise.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn calling(number: u32, arguments: [u32; 3]) -> Vec<u8> {
    let mut code = vec![0xb8];
    code.extend(number.to_le_bytes());
    for (register, value) in [0xbf, 0xbe, 0xba].into_iter().zip(arguments) {
        code.push(register);
        code.extend(value.to_le_bytes());
    }
    code.extend([0x0f, 0x05]); // syscall
    // xor edi,edi; cmp eax,-1; sete dil; mov eax,60; syscall
    code.extend([0x31, 0xff, 0x83, 0xf8, 0xff, 0x40, 0x0f, 0x94, 0xc7]);
    code.extend([0xb8, 60, 0, 0, 0, 0x0f, 0x05]);
    program_of(&code)
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn program_of(code: &[u8]) -> Vec<u8> {
    let base = 0x40_0000_u64;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".to_vec();
    file.extend((base + 120).to_le_bytes());
    file.extend(64_u64.to_le_bytes());
    file.extend(0_u64.to_le_bytes());
    file.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 1, 0, 0, 0] {
        file.extend(half.to_le_bytes());
    }
    file.extend(1_u32.to_le_bytes());
    file.extend(5_u32.to_le_bytes());
    let size = 120 + code.len() as u64;
    for word in [0, base, base, size, size, 4096] {
        file.extend(word.to_le_bytes());
    }
    file.extend(code);
    file
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[tokio::test]
async fn no_other_way_to_the_network_is_open() {
    let place = Place::new();
    if !place.contains_network() {
        return;
    }
    let x32 = 0x4000_0000;
    for (name, number, arguments, refused) in [
        ("socket(AF_INET)", 41, [2, 1, 0], true),
        ("socket(AF_INET6, UDP)", 41, [10, 2, 0], true),
        ("socket(AF_UNIX)", 41, [1, 1, 0], true),
        ("socket(AF_NETLINK)", 41, [16, 3, 0], true),
        ("socket(AF_VSOCK)", 41, [40, 1, 0], true),
        ("socket(AF_PACKET)", 41, [17, 3, 0], true),
        (
            "socket(AF_INET) in the x32 mode",
            0x29 | x32,
            [2, 1, 0],
            true,
        ),
        ("socketpair of datagrams", 53, [1, 2, 0], true),
        ("socketpair of raw datagrams", 53, [1, 3, 0], true),
        (
            "socketpair of datagrams that closes on exec",
            53,
            [1, 2 | 0o2_000_000, 0],
            true,
        ),
        ("socketpair of a stream", 53, [1, 1, 0], false),
        ("io_uring_setup", 425, [8, 0, 0], true),
        ("keyctl", 250, [0, 0, 0], true),
        ("ioctl(TIOCSTI)", 16, [0, 0x5412, 0], true),
        (
            "ioctl(TIOCSTI) in the x32 mode",
            0x202 | x32,
            [0, 0x5412, 0],
            true,
        ),
        ("getpid", 39, [0, 0, 0], false),
    ] {
        run_code(
            &place,
            &calling(number, arguments),
            name,
            &[i32::from(refused)],
        )
        .await;
    }
    // socketcall by `int 0x80`: the 32-bit way. Killed by the filter (SIGSYS), or unknown to the kernel (SIGSEGV).
    let code = [
        0xb8, 102, 0, 0, 0, 0xbb, 1, 0, 0, 0, 0xcd, 0x80, 0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05,
    ];
    run_code(&place, &program_of(&code), "int 0x80", &[-31, -11]).await;
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
async fn run_code(place: &Place, code: &[u8], name: &str, expected: &[i32]) {
    let file = place.path("home/work/code");
    let _ = fs::remove_file(&file);
    fs::write(&file, code).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    // By way of a shell: a file that was written a moment ago may still be open in a child of another test.
    let text = place
        .bash(
            "for i in 1 2 3 4 5; do ./code; r=$?; [ $r = 126 ] || break; sleep 0.05; done; exit $r",
        )
        .await;
    let wanted = expected.iter().any(|&status| {
        let status = if status < 0 { 128 - status } else { status };
        text.starts_with(&format!("exit status {status} after"))
    });
    assert!(wanted, "{name}: {text}");
}

#[tokio::test]
async fn it_cannot_speak_to_programs_outside_nor_signal_them() {
    let place = Place::new();
    if !place.contains_files() || !place.contains_network() {
        return;
    }
    // Even where the socket stands in the workspace.
    let listener = UnixListener::bind(place.path("home/work/socket")).unwrap();
    listener.set_nonblocking(true).unwrap();
    let own = std::process::id();
    let text = place.bash(&format!("kill -0 {own} && echo reached")).await;
    assert!(!text.contains("reached"), "{text}");
    let text = place
        .bash("kill -0 $$ && sleep 5 & kill -9 $! && echo own")
        .await;
    assert!(text.contains("own"), "{text}");
}

#[tokio::test]
async fn its_environment_has_no_secrets_and_it_gets_no_input() {
    let place = Place::with(|_, options| {
        options
            .environment
            .push(("CLUSTER_LOGIN".into(), "named".into()));
        options.secret_variables.push("CLUSTER_LOGIN".to_owned());
    });
    let text = place.bash("env; cat; echo end").await;
    assert!(
        text.contains("PLAIN=plain-value") && text.ends_with("end"),
        "{text}"
    );
    for secret in ["4711", "CLUSTER_LOGIN", "CLUSTER_API_KEY"] {
        assert!(!text.contains(secret), "{text}");
    }
    // Nor does it find them in planwright's own.
    if place.contains_files() {
        let own = std::process::id();
        let text = place
            .bash(&format!("tr '\\0' '\\n' < /proc/{own}/environ"))
            .await;
        assert!(text.contains("ermission denied"), "{text}");
    }
}

#[tokio::test]
async fn a_person_is_told_how_it_is_contained() {
    let place = Place::new();
    let write = Allowance {
        write: true,
        ..Allowance::default()
    };
    let how = place.sandbox.containment(&write);
    assert!(how.contains("Landlock"), "{how}");
    assert_eq!(
        how.contains("NOT CONTAINED"),
        !place.sandbox.contains_files(),
        "{how}"
    );
    assert_eq!(
        how.contains("no network"),
        place.sandbox.contains_network(),
        "{how}"
    );
    let open = Allowance {
        network: true,
        ..write
    };
    assert!(
        place
            .sandbox
            .containment(&open)
            .contains("can use the network")
    );
    assert!(place.tool(false).spec().description.contains("no network"));
}
