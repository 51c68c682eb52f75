//! A Postgres of our own for this test binary, thrown away with it; a fresh database for each test.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::PgPool;

struct Server {
    url: String,
    /// Its standard input: when this process ends, however it ends, the shell reads the end of it and stops the server.
    _shell: Child,
}

/// Says where a cluster may be kept that nobody has written to; starts a server on a copy of it, or on a new cluster of which it leaves a copy
/// in `template`; says `ready`, waits for the end of standard input, stops the server and removes its folder.
///
/// Each test is a process and has a server of its own, and `initdb` would be most of what a short test takes.
const SCRIPT: &str = r#"
PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)"
options="-U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync"
# For other programs, options or users it is another one.
kept="$3-$(echo "$(id -u) $(initdb --version) $options" | tr -cs '[:alnum:]\n' -)"
echo "$kept"
if [ -O "$kept/PG_VERSION" ]; then
    cp -R "$kept" "$1/data" || exit 1
else
    initdb -D "$1/data" $options >"$1/log" 2>&1 || { cat "$1/log"; exit 1; }
    cp -R "$1/data" "$1/template" || rm -rf "$1/template"
fi
postgres -D "$1/data" -p "$2" -k "$1" -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=300 >"$1/log" 2>&1 &
pid=$!
tries=0
until pg_isready -q -h 127.0.0.1 -p "$2"; do
    tries=$((tries + 1)); [ $tries -lt 600 ] || { cat "$1/log"; kill -QUIT $pid; exit 1; }
    sleep 0.05
done
echo ready
cat >/dev/null
kill -QUIT $pid; wait $pid; rm -rf "$1"
"#;

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let name = std::env::temp_dir().join("tasklog-postgres");
        let folder = name.with_extension(std::process::id().to_string());
        std::fs::create_dir_all(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut shell = shell(&folder);
        let shell = shell.args(["-c", SCRIPT, "sh"]).arg(&folder).arg(port.to_string()).arg(&name);
        let mut shell =
            shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0).spawn().unwrap();
        let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines();
        let kept = lines.next().expect("a first line").unwrap();
        let said = lines.next().and_then(Result::ok).unwrap_or_default();
        assert_eq!(said.trim(), "ready", "postgres did not start; see {}", folder.display());
        // It gets its name whole or not at all: whoever was faster has one there, which no other folder replaces.
        let _ = std::fs::rename(folder.join("template"), kept);
        Server { url: format!("postgres://postgres@127.0.0.1:{port}"), _shell: shell }
    })
}

/// A shell that is not root, which Postgres refuses to be.
fn shell(folder: &Path) -> Command {
    let mut command = Command::new("sh");
    command.current_dir(folder);
    let id = |flag: &str, args: &[&str]| -> Option<u32> {
        let output = Command::new("id").arg(flag).args(args).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id("-u", &[]) == Some(0) {
        let (uid, gid) = (id("-u", &["postgres"]).unwrap_or(65_534), id("-g", &["postgres"]).unwrap_or(65_534));
        std::os::unix::fs::chown(folder, Some(uid), Some(gid)).unwrap();
        command.uid(uid).gid(gid);
    }
    command
}

/// A pool on a new database without tables.
pub(crate) async fn empty_database() -> PgPool {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = server();
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let admin = platform::postgres::connect_lazily(&format!("{}/postgres", server.url), 1).unwrap();
    sqlx::query(&format!("CREATE DATABASE {name}")).execute(&admin).await.unwrap();
    admin.close().await;
    platform::postgres::connect_lazily(&format!("{}/{name}", server.url), 12).unwrap()
}
