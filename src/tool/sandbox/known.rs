//! Where things are that programs need, and where those that they must not have.

/// What every system keeps for all who use it.
pub(super) const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/opt",
    "/nix",
    "/gnu/store",
    "/snap",
    "/sys",
    "/proc",
    "/var/lib/dpkg",
    "/var/cache/fontconfig",
    "/run/systemd/resolve",
    "/run/NetworkManager/resolv.conf",
    "/run/current-system",
];

/// What a program may always read and write.
pub(super) const DEVICES: &[&str] = &[
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];

/// Toolchains and plain settings below the home folder.
pub(super) const AT_HOME: &[&str] = &[
    ".cargo",
    ".rustup",
    ".pyenv",
    ".rbenv",
    ".nvm",
    ".volta",
    ".bun",
    ".deno",
    ".asdf",
    ".sdkman",
    ".ghcup",
    ".elan",
    ".opam",
    ".juliaup",
    ".dotnet",
    ".nix-profile",
    ".local/bin",
    ".local/lib",
    ".local/share/mise",
    ".local/share/uv",
    ".local/share/pnpm",
    ".local/share/pipx",
    ".npm/_cacache",
    ".m2/repository",
    "go",
    ".gitconfig",
    ".config/git/config",
    ".config/git/ignore",
];

/// Keys and credentials below the home folder, wherever a toolchain keeps them beside what it needs.
pub(super) const SECRETS_AT_HOME: &[&str] = &[
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".local/share/keyrings",
    ".local/share/uv/credentials",
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".password-store",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".config/git/credentials",
];

/// What only root can read, and no program needs.
pub(super) const SECRETS_OF_SYSTEM: &[&str] = &[
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/ssh",
    "/etc/ssl/private",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/wireguard",
    "/etc/NetworkManager/system-connections",
    "/etc/docker",
    "/etc/kubernetes",
    "/etc/rancher",
];
