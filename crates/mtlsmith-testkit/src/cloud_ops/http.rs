//! As much of HTTP/1.1 as the server needs: one request and one answer for each connection.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::net::TcpStream;

use serde_json::Value;
use serde_json::json;

pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

impl Reply {
    pub(super) fn json(value: Value) -> Self {
        Reply { status: 200, body: value.to_string() }
    }

    /// An error as gateways of gRPC write it.
    pub(super) fn error(status: u16, code: u32, message: &str) -> Self {
        Reply { status, body: json!({"code": code, "message": message, "details": []}).to_string() }
    }

    pub(super) fn bytes(&self, more_headers: &str) -> Vec<u8> {
        let (status, length) = (self.status, self.body.len());
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n");
        format!("{head}{more_headers}connection: close\r\n\r\n{}", self.body).into_bytes()
    }
}

/// `None` when the client goes away, or writes what is no HTTP.
pub(super) fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, headers, body: String::new() };
    let length: u64 = request.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    reader.take(length.min(4 << 20)).read_to_string(&mut request.body).ok()?;
    Some(request)
}
