//! The simulator under load for long: `cargo bench --bench soak -- --requests 1000000` prints how many requests were
//! answered, how many a second, and how much memory it takes, and fails where that keeps growing.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::{Value, json};

/// How often figures are printed.
const INTERVAL: Duration = Duration::from_secs(5);
/// How much more memory may be taken at the end than after a tenth.
const MOST_GROWTH: f64 = 1.3;

/// Refreshes tokens at a simulator as fast as it goes, and watches its memory.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many refreshes to ask for
    #[arg(long, default_value_t = 20_000)]
    requests: u64,
    /// Over how many connections at once
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Which services are played: all four, or ScopedAuth alone
    #[arg(long)]
    scoped_auth_alone: bool,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let simulator = Simulator::starts(arguments.scoped_auth_alone)?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build()?;
    let (url, body) = simulator.request(&http, arguments.scoped_auth_alone).await?;
    let (asked, failed) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let callers: Vec<_> = (0..arguments.connections)
        .map(|_| {
            let (http, url, body) = (http.clone(), url.clone(), body.clone());
            let (asked, failed) = (Arc::clone(&asked), Arc::clone(&failed));
            tokio::spawn(async move {
                while asked.fetch_add(1, Ordering::Relaxed) < arguments.requests {
                    let answer = http.post(&url).header("content-type", "application/json").body(body.clone()).send();
                    let is_good = match answer.await {
                        Ok(answer) => answer.status().is_success() && answer.bytes().await.is_ok(),
                        Err(_) => false,
                    };
                    failed.fetch_add(u64::from(!is_good), Ordering::Relaxed);
                }
            })
        })
        .collect();
    let memory = watch(&simulator, &asked, arguments.requests).await;
    for caller in callers {
        caller.await?;
    }
    let failed = failed.load(Ordering::Relaxed);
    let (early, late) = (at_tenth(&memory, 1), at_tenth(&memory, 9));
    let growth = late / early;
    println!("{failed} failed; memory {early:.1} MiB after a tenth, {late:.1} MiB after nine: {growth:.2} times");
    Ok(if failed == 0 && growth <= MOST_GROWTH { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints figures until everything is asked, and returns the memory in MiB with the requests that were asked by then.
async fn watch(simulator: &Simulator, asked: &AtomicU64, requests: u64) -> Vec<(u64, f64)> {
    let mut memory = Vec::new();
    let (mut before, mut since) = (0, Instant::now());
    println!("{:>12}  {:>10}  {:>10}", "requests", "per second", "MiB");
    loop {
        let done = asked.load(Ordering::Relaxed).min(requests);
        memory.push((done, simulator.memory()));
        if since.elapsed() >= INTERVAL || done == requests {
            #[expect(clippy::cast_precision_loss, reason = "counts of seconds are small")]
            let rate = (done - before) as f64 / since.elapsed().as_secs_f64();
            println!("{done:>12}  {rate:>10.0}  {:>10.1}", simulator.memory());
            (before, since) = (done, Instant::now());
        }
        if done == requests {
            return memory;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Returns the memory at the first look after so many tenths of the requests.
fn at_tenth(memory: &[(u64, f64)], tenths: u64) -> f64 {
    let all = memory.last().map_or(0, |(done, _)| *done);
    memory.iter().find(|(done, _)| *done * 10 >= all * tenths).map_or(f64::NAN, |(_, memory)| *memory)
}

/// The simulator, in a process of its own until this is dropped.
struct Simulator {
    child: Child,
    addresses: Value,
}

impl Simulator {
    fn starts(scoped_auth_alone: bool) -> Result<Self, Box<dyn std::error::Error>> {
        let ready = ready_file();
        let _ = fs::remove_file(&ready);
        let mut command = Command::new(env!("CARGO_BIN_EXE_hopcheck"));
        // A journal that is soon full, so that what grows afterwards is something else.
        command.args(["simulate", "--any-port", "--keep", "500", "--ready-file"]).arg(&ready).stdout(Stdio::null());
        if scoped_auth_alone {
            command.args(["--only", "scoped-auth"]);
        }
        let child = command.spawn()?;
        let addresses = loop {
            match fs::read_to_string(&ready) {
                Ok(text) => break serde_json::from_str(&text)?,
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let _ = fs::remove_file(&ready);
        Ok(Self { child, addresses })
    }

    /// Returns what is asked again and again: a refresh, or a validation, of one good token.
    async fn request(
        &self,
        http: &reqwest::Client,
        scoped_auth_alone: bool,
    ) -> Result<(String, String), Box<dyn std::error::Error>> {
        let at = |service: &str| self.addresses[service].as_str().unwrap_or_default().to_owned();
        let account = "AC000000000000000000000000000000a2";
        let order = json!({ "account": account }).to_string();
        let minted = http.post(format!("{}/api/tokens", at("admin"))).header("content-type", "application/json");
        let minted: Value = serde_json::from_slice(&minted.body(order).send().await?.bytes().await?)?;
        let token = &minted["token"];
        Ok(if scoped_auth_alone {
            (at("scoped-auth") + "/v1/ScopedAuthTokens/validate", json!({ "token": token }).to_string())
        } else {
            let body = json!({ "deploymentKey": "CV-feature-off", "token": token });
            (at("starship") + "/V2/Webchat/Token/Refresh", body.to_string())
        })
    }

    /// Returns the resident memory in MiB.
    fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let kibibytes =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
        kibibytes.unwrap_or(f64::NAN) / 1024.0
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ready_file() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("soak-{}.json", std::process::id()))
}
