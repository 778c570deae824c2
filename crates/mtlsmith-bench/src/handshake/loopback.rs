//! Connections over the loopback interface: the processor time of a server process for each, TLS alone (the same request without TLS is
//! subtracted), against nginx and Go; and what hostile chains cost ours.

mod client;
mod hostile;
mod server;
mod sets;

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::SystemTime;

use mtlsmith_testkit as testkit;
use mtlsmith_testkit::Certificate;
use mtlsmith_testkit::CertificateBuilder;

use crate::measure::Goal;
use crate::measure::judge;
use crate::measure::median;
use crate::measure::readable;
use crate::measure::say;
use client::Caller;
pub(crate) use server::serve;

const CONNECTIONS: u32 = 200;
const OF_NGINX: f64 = 0.4;
const OF_GO: f64 = 0.6;

/// Certificates that are valid now, in files and in memory.
struct Scene {
    folder: PathBuf,
    root: Certificate,
    hostile: Vec<hostile::Set>,
}

/// A server process and the ports it listens on.
struct Running {
    name: &'static str,
    child: Child,
    plain: u16,
    tls: u16,
}

/// Prints the figures; `false` when a goal is missed.
pub(super) fn run(peers: Option<&Path>, rounds: usize) -> bool {
    let Some(scene) = Scene::new() else { return false };
    let servers = [scene.own(), scene.go(peers), scene.nginx(peers)];
    let mut servers: Vec<Running> = servers.into_iter().flatten().collect();
    let met = compare(&scene, &servers, rounds) && hostile::run(&scene, servers.first(), rounds);
    for server in &mut servers {
        let _ = server.child.kill(); // it may have ended by itself
        let _ = server.child.wait();
    }
    let _ = fs::remove_dir_all(&scene.folder); // a leftover in the temporary directory harms nobody
    met
}

fn valid_now(builder: CertificateBuilder) -> CertificateBuilder {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(since.as_secs()).unwrap_or_default();
    builder.not_before(now - testkit::hours(2)).not_after(now + testkit::days(30))
}

impl Scene {
    fn new() -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("mtlsmith-bench-loopback-{}", std::process::id()));
        let root = valid_now(testkit::root_builder("bench loopback")).self_signed();
        let own = valid_now(testkit::leaf_builder("server"))
            .dns("*.a1b2c.tmprl.cloud")
            .extended_key_usage(&[testkit::oid::SERVER_AUTH])
            .signed_by(&root);
        fs::create_dir_all(&folder).ok()?;
        let files =
            [("ca.pem", root.pem()), ("server.crt", own.pem()), ("server.key", own.key().pkcs8_pem())];
        for (name, text) in files {
            fs::write(folder.join(name), text).ok()?;
        }
        let hostile = sets::sets(&root);
        hostile::write_bundles(&hostile, &folder)?;
        Some(Scene { folder, root, hostile })
    }

    fn leaf(&self) -> Certificate {
        valid_now(testkit::leaf_builder("worker")).signed_by(&self.root)
    }

    /// A program that prints both its ports.
    fn printing(name: &'static str, command: &mut Command) -> Option<Running> {
        let mut child = command.stdout(Stdio::piped()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
        let (plain, tls) = line.trim().split_once(' ')?;
        Some(Running { name, child, plain: plain.parse().ok()?, tls: tls.parse().ok()? })
    }

    fn own(&self) -> Option<Running> {
        let own = std::env::current_exe().ok()?;
        Scene::printing("mtlsmith", Command::new(own).arg("--serve").arg(&self.folder))
    }

    fn go(&self, peers: Option<&Path>) -> Option<Running> {
        let program = peers?.join("tls-server");
        if !program.is_file() {
            say("  Go: not measured, there is no tls-server among the peers");
            return None;
        }
        Scene::printing("go", Command::new(program).arg(&self.folder).env("GOMAXPROCS", "1"))
    }

    fn nginx(&self, peers: Option<&Path>) -> Option<Running> {
        let beside = peers.map(|peers| peers.join("nginx")).filter(|path| path.is_file());
        let program = beside.unwrap_or_else(|| PathBuf::from("nginx"));
        let (plain, tls) = (free_port()?, free_port()?);
        let folder = self.folder.display();
        let text = format!(
            "daemon off; master_process off; pid {folder}/nginx.pid; error_log /dev/null crit;\n\
             events {{}}\n\
             http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};\n\
             fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n\
             server {{ listen 127.0.0.1:{plain}; return 200 hello; }}\n\
             server {{ listen 127.0.0.1:{tls} ssl; return 200 hello; ssl_protocols TLSv1.3;\n\
             ssl_certificate {folder}/server.crt; ssl_certificate_key {folder}/server.key;\n\
             ssl_client_certificate {folder}/ca.pem; ssl_verify_client on;\n\
             ssl_session_tickets off; ssl_session_cache off; ssl_ecdh_curve X25519; }} }}\n"
        );
        let configuration = self.folder.join("nginx.conf");
        fs::write(&configuration, text).ok()?;
        let mut command = Command::new(program);
        command.arg("-p").arg(&self.folder).arg("-c").arg(&configuration).stderr(Stdio::null());
        let Ok(child) = command.spawn() else {
            say("  nginx: not measured, it is not installed");
            return None;
        };
        let running = Running { name: "nginx", child, plain, tls };
        let is_up = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            std::net::TcpStream::connect(("127.0.0.1", plain)).is_ok()
        });
        is_up.then_some(running)
    }
}

fn free_port() -> Option<u16> {
    Some(TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port())
}

impl Running {
    /// What all threads of the process have spent.
    fn spent(&self) -> Option<Duration> {
        let mut nanoseconds = 0_u64;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()? {
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            nanoseconds += text.split(' ').next()?.parse::<u64>().ok()?;
        }
        Some(Duration::from_nanos(nanoseconds))
    }

    /// What the process spends on one connection.
    fn cost(&self, connect: impl Fn() -> Option<()>) -> Option<Duration> {
        let before = self.spent()?;
        for _ in 0..CONNECTIONS {
            connect()?;
        }
        // The last answer is there before the server has let go of the connection.
        std::thread::sleep(Duration::from_millis(5));
        Some(self.spent()?.saturating_sub(before) / CONNECTIONS)
    }

    fn tls_cost(&self, caller: &Caller) -> Option<Duration> {
        let plain = self.cost(|| client::plain(self.plain))?;
        let tls = self.cost(|| caller.call(self.tls))?;
        Some(tls.saturating_sub(plain))
    }
}

/// TLS alone, ours against the others.
fn compare(scene: &Scene, servers: &[Running], rounds: usize) -> bool {
    let leaf = scene.leaf();
    let Some(caller) = Caller::new(&scene.root, super::SERVER_NAME, &[&leaf]) else { return false };
    let mut samples: Vec<Vec<f64>> = vec![Vec::new(); servers.len()];
    for _ in 0..rounds {
        for (server, list) in servers.iter().zip(&mut samples) {
            let Some(cost) = server.tls_cost(&caller) else {
                say(&format!("  {}: a connection failed", server.name));
                return false;
            };
            list.push(cost.as_secs_f64());
        }
    }
    say(
        "handshake: server's processor time per mutual TLS connection over loopback, P-256, plain HTTP subtracted",
    );
    let own = samples.first().cloned().unwrap_or_default();
    let mut met = true;
    for (server, list) in servers.iter().zip(&samples) {
        say(&format!("  {:<9} {}", server.name, readable(Duration::from_secs_f64(median(list.clone())))));
        let ratio = median(own.iter().zip(list).map(|(own, other)| own / other).collect());
        match server.name {
            "nginx" => met &= judge("ours / nginx", ratio, Goal::AtMost(OF_NGINX)),
            "go" => met &= judge("ours / Go", ratio, Goal::AtMost(OF_GO)),
            _ => {}
        }
    }
    met
}
