//! An HTTP/1.1 client with one connection kept alive, signed in.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, header};
use dengbu_server::auth::{COOKIE, CSRF_HEADER};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use uuid::Uuid;

/// A connection and the session on it.
#[derive(Debug)]
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    cookie: String,
    csrf: String,
}

impl Client {
    /// Connects and signs in.
    ///
    /// # Errors
    /// No connection, or a refused sign-in.
    pub async fn sign_in(server: SocketAddr, username: &str, password: &str) -> Result<Client> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut client = Client {
            sender,
            host: server.to_string(),
            cookie: String::new(),
            csrf: String::new(),
        };
        let given = json!({ "username": username, "password": password });
        let request = client
            .request(Method::POST, "/api/v1/session")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::from(given.to_string()))?;
        let answer = client.sender.send_request(request).await?;
        let cookie = answer
            .headers()
            .get(header::SET_COOKIE)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.split(';').next())
            .filter(|v| v.starts_with(COOKIE))
            .map(str::to_owned);
        let view = body_of(answer, StatusCode::OK).await?;
        client.cookie = cookie.context("登录后没有收到会话 Cookie")?;
        client.csrf = view["csrf_token"]
            .as_str()
            .context("登录后没有收到页面校验码")?
            .to_owned();
        Ok(client)
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.host);
        if self.cookie.is_empty() {
            request
        } else {
            request.header(header::COOKIE, &self.cookie)
        }
    }

    /// Gets what is at a path; anything but 200 is an error.
    ///
    /// # Errors
    /// Anything but 200.
    pub async fn get(&mut self, path: &str) -> Result<Value> {
        let request = self.request(Method::GET, path).body(Full::default())?;
        let answer = self.sender.send_request(request).await?;
        body_of(answer, StatusCode::OK).await
    }

    /// Records a case that stands at `version`.
    ///
    /// # Errors
    /// Anything but 200.
    pub async fn record(&mut self, case_no: &str, version: i64) -> Result<Value> {
        let request = self
            .request(Method::POST, &format!("/api/v1/cases/{case_no}/actions"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::IF_MATCH, format!("\"{version}\""))
            .header(CSRF_HEADER, &self.csrf)
            .header("idempotency-key", Uuid::now_v7().to_string())
            .body(Full::from(r#"{"action":"record"}"#))?;
        let answer = self.sender.send_request(request).await?;
        body_of(answer, StatusCode::OK).await
    }
}

impl Client {
    /// Hands in a whole case and gives what came of it.
    ///
    /// # Errors
    /// Anything but 201.
    pub async fn instant(&mut self, body: String) -> Result<Value> {
        let request = self
            .request(Method::POST, "/api/v1/instant-cases")
            .header(header::CONTENT_TYPE, "application/json")
            .header(CSRF_HEADER, &self.csrf)
            .header("idempotency-key", Uuid::now_v7().to_string())
            .body(Full::from(body))?;
        let answer = self.sender.send_request(request).await?;
        body_of(answer, StatusCode::CREATED).await
    }
}

async fn body_of(
    answer: axum::http::Response<hyper::body::Incoming>,
    expected: StatusCode,
) -> Result<Value> {
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    if status != expected {
        bail!("请求失败（{status}）：{}", String::from_utf8_lossy(&body));
    }
    Ok(serde_json::from_slice(&body)?)
}

/// A text as part of a query.
#[must_use]
pub fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            // writing to a String cannot fail
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
