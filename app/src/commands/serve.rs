//! `serve [CASE]`: a result in the browser, on loopback unless told otherwise.
//!
//! Only the files that a run writes are served, by name; a path that is not one of those names is not found, whatever it
//! says, so nothing outside the folder can be reached.

use super::run::turn_into;
use crate::manners::{Desk, Failure, Format, Outcome};
use crate::output::{self, folder};
use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use liankong_engine::cycle::Verb;
use serde::Serialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tower_http::set_header::SetResponseHeaderLayer;

/// What `serve` is told.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  liankong serve out/yangtze-delta\n  liankong serve cases/two-towns --listen 127.0.0.1:8080\n\n\
                        / is the report; /turn.json and the tables stand beside it. Ctrl-C ends it."
)]
pub struct Arguments {
    /// Folder of a result (it holds turn.json) or of a case, which is run first [default: out]
    case: Option<PathBuf>,
    /// Address and port; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Says where the result can be seen.
#[derive(Serialize)]
struct Listening {
    address: String,
    folder: String,
}

/// Serves until Ctrl-C.
pub fn serve(arguments: &Arguments, desk: &Desk) -> Outcome {
    let given = arguments.case.clone().unwrap_or_else(|| PathBuf::from("out"));
    let scratch;
    let folder = if given.join(output::DOCUMENT).is_file() {
        given
    } else if arguments.case.is_none() {
        return Err(Failure::Usage(
            "there is no result in ./out; give the folder of a result or of a case, such as cases/yangtze-delta".into(),
        ));
    } else {
        scratch = tempfile::tempdir().map_err(|cause| Failure::Failed(format!("no scratch folder: {cause}")))?;
        let out = scratch.path().join("result");
        let quiet = Desk { format: Format::Json, ..*desk };
        turn_into(&given, &out, Verb::Act, None, &quiet)?;
        out
    };
    if !arguments.listen.ip().is_loopback() {
        desk.note("the result can be read by anyone who reaches this address; there is no password");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(desk.threads.clamp(1, 4))
        .enable_all()
        .build()
        .map_err(|cause| Failure::Failed(format!("the server could not start: {cause}")))?;
    runtime.block_on(listen(arguments.listen, folder, desk))
}

async fn listen(address: SocketAddr, folder: PathBuf, desk: &Desk) -> Outcome {
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|cause| {
        Failure::Failed(format!("{address}: cannot listen there ({cause}); choose another with --listen"))
    })?;
    let bound = listener.local_addr().map_err(|cause| Failure::Failed(format!("{address}: {cause}")))?;
    let url = format!("http://{bound}/");
    match desk.format {
        Format::Text => desk.say(&url),
        Format::Json => desk.document(&Listening { address: url, folder: folder.display().to_string() }),
    }
    let server = axum::serve(listener, routes(folder)).with_graceful_shutdown(interrupted());
    tokio::select! {
        ended = async { server.await } => ended.map_err(|cause| Failure::Failed(format!("the server stopped: {cause}"))),
        // A browser that keeps its connection open does not keep the program.
        () = async { interrupted().await; tokio::time::sleep(Duration::from_secs(1)).await } => Ok(()),
    }
}

/// Ends when Ctrl-C is heard, by the same handler that every command has.
async fn interrupted() {
    while !crate::manners::stopped() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn routes(folder: PathBuf) -> Router {
    let always = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    // The report carries its own style and script and asks the network for nothing; the browser is told to hold it to that.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    Router::new()
        .route("/", get(|state: State<Arc<PathBuf>>| async move { file(&state, output::REPORT).await }))
        .route(
            "/{name}",
            get(|UrlPath(name): UrlPath<String>, state: State<Arc<PathBuf>>| async move { file(&state, &name).await }),
        )
        .with_state(Arc::new(folder))
        .layer(always(header::CONTENT_SECURITY_POLICY, policy))
        .layer(always(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(always(header::CACHE_CONTROL, "no-cache"))
}

async fn file(folder: &Path, name: &str) -> Response {
    let missing = || (StatusCode::NOT_FOUND, "not found\n").into_response();
    let Some(known) = folder::NAMES.iter().find(|known| **known == name) else { return missing() };
    let path = folder.join(known);
    match tokio::task::spawn_blocking(move || std::fs::read(path)).await {
        Ok(Ok(bytes)) => ([(header::CONTENT_TYPE, content_type(known))], bytes).into_response(),
        _ => missing(),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("json") => "application/json",
        Some("csv") => "text/csv; charset=utf-8",
        _ => "application/octet-stream",
    }
}
