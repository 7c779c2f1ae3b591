//! People of the demonstration city at work over HTTP, and their sales.

use std::sync::Mutex;
use std::thread;

use chrono::Utc;
use serde_json::{Value, json};
use ureq::Agent;

/// Registration authority and the first part of its people's user names.
pub const OFFICES: [(&str, &str); 2] = [("510400", "city"), ("510421", "miyi")];

/// Somebody signed in.
#[derive(Clone)]
pub struct Person {
    agent: Agent,
    address: String,
    cookie: String,
    csrf: String,
}

/// Status and content of an answer; an error when there was none.
pub type Answer = Result<(u16, Value), ureq::Error>;

fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into()
}

impl Person {
    pub fn sign_in(address: &str, username: &str) -> Self {
        let agent = agent();
        let given = json!({ "username": username, "password": dengbu_demo::PASSWORD });
        let mut answer = agent
            .post(format!("{address}/api/v1/session"))
            .send_json(given)
            .unwrap();
        let view: Value = answer.body_mut().read_json().unwrap();
        assert_eq!(answer.status(), 200, "{view}");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        Self {
            agent,
            address: address.to_owned(),
            cookie: cookie.split(';').next().unwrap().to_owned(),
            csrf: view["csrf_token"].as_str().unwrap().to_owned(),
        }
    }

    /// The same session at a server that was started anew.
    pub fn at(&self, address: &str) -> Self {
        Self {
            agent: agent(),
            address: address.to_owned(),
            ..self.clone()
        }
    }

    pub fn get(&self, path: &str) -> Value {
        let mut answer = self
            .agent
            .get(format!("{}/api/v1{path}", self.address))
            .header("cookie", &self.cookie)
            .call()
            .unwrap();
        let view: Value = answer.body_mut().read_json().unwrap();
        assert_eq!(answer.status(), 200, "{path}: {view}");
        view
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.address))
            .header("cookie", &self.cookie)
            .header("x-csrf-token", &self.csrf);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = self.agent.run(request.body(body).unwrap())?;
        let view = answer.body_mut().read_json()?;
        Ok((answer.status().as_u16(), view))
    }

    fn must(&self, method: &str, path: &str, version: Option<&Value>, body: &Value) -> Value {
        let seen = version.map(|v| format!("\"{v}\""));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(seen.as_deref().map(|v| ("if-match", v)));
        let (status, view) = self
            .send(method, path, &headers, body.to_string().as_bytes())
            .unwrap();
        assert!(status < 300, "{method} {path}: {view}");
        view
    }

    fn act(&self, case: &Value, action: &str) -> Value {
        let path = format!("/cases/{}/actions", case["case_no"].as_str().unwrap());
        let asked = json!({ "action": action });
        self.must("POST", &path, Some(&case["version"]), &asked)
    }

    /// Asks for a recording (登簿).
    pub fn record(&self, sale: &Sale) -> Answer {
        let seen = format!("\"{}\"", sale.version);
        let headers = [
            ("content-type", "application/json"),
            ("if-match", seen.as_str()),
            ("idempotency-key", sale.key.as_str()),
        ];
        let path = format!("/cases/{}/actions", sale.case_no);
        self.send("POST", &path, &headers, br#"{"action":"record"}"#)
    }
}

/// A sale (存量房转移登记) that waits for its recording.
#[derive(Debug, Clone)]
pub struct Sale {
    /// Position in [`OFFICES`].
    pub office: usize,
    pub unit: String,
    pub case_no: String,
    pub version: i64,
    /// Idempotency key of every request to record it.
    pub key: String,
}

/// The people of one office that a sale needs.
struct Team {
    reception: Person,
    first_reviewer: Person,
    reviewer: Person,
}

impl Team {
    fn sign_in(address: &str, office: usize) -> Self {
        let who = |post: &str| Person::sign_in(address, &format!("{}-{post}", OFFICES[office].1));
        Self {
            reception: who("reception"),
            first_reviewer: who("review1"),
            reviewer: who("review"),
        }
    }

    /// From the counter to just before the recording.
    fn prepare(&self, office: usize, unit: &str) -> Sale {
        let desk = &self.reception;
        let asked = json!({ "business": "200-04-02", "units": [unit] });
        let opened = desk.must("POST", "/cases", None, &asked);
        let case_no = opened["case_no"].as_str().unwrap().to_owned();
        let path = format!("/cases/{case_no}");
        let mut application = opened["application"].clone();
        let buyer = dengbu_demo::story::buyer();
        application["holders"] = json!([{ "party": buyer }]);
        application["detail"]["price"] = json!("800000.00");
        application["detail"]["contract_no"] = json!("W2026-1");
        application["detail"]["deed_tax_proof_no"] = json!("T2026-1");
        let version = Some(&opened["version"]);
        let saved = desk.must("PUT", &format!("{path}/application"), version, &application);
        for item in saved["checklist"].as_array().unwrap() {
            if item["required"] == true {
                self.bring(&path, item["code"].as_str().unwrap());
            }
        }
        let submitted = desk.act(&desk.get(&path), "submit");
        let reviewed = self.first_reviewer.act(&submitted, "agree");
        let approved = self.reviewer.act(&reviewed, "agree");
        assert_eq!(approved["step"], "recording", "{approved}");
        Sale {
            office,
            unit: unit.to_owned(),
            version: approved["version"].as_i64().unwrap(),
            key: format!("record-{case_no}"),
            case_no,
        }
    }

    fn bring(&self, path: &str, item: &str) {
        let body = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"item\"\r\n\r\n{item}\r\n\
             --XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"scan.pdf\"\r\n\r\n\
             %PDF-1.7 scan\r\n--XX--\r\n"
        );
        let kind = [("content-type", "multipart/form-data; boundary=XX")];
        let (status, view) = self
            .reception
            .send("POST", &format!("{path}/materials"), &kind, body.as_bytes())
            .unwrap();
        assert_eq!(status, 201, "{view}");
    }
}

/// Brings so many sales to just before their recording, the offices taking turns.
pub fn prepare(address: &str, count: usize) -> Vec<Sale> {
    let queue: Mutex<Vec<(usize, String)>> = Mutex::new(saleable(count));
    let sales = Mutex::new(Vec::new());
    let teams: Vec<Team> = (0..OFFICES.len())
        .map(|office| Team::sign_in(address, office))
        .collect();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((office, unit)) = { queue.lock().unwrap().pop() } {
                    let sale = teams[office].prepare(office, &unit);
                    sales.lock().unwrap().push(sale);
                }
            });
        }
    });
    sales.into_inner().unwrap()
}

/// Units of the demonstration city that one person owns who bought them, free of limits, by
/// office.
fn saleable(count: usize) -> Vec<(usize, String)> {
    let city = dengbu_demo::city::city(Utc::now().date_naive()).unwrap();
    let of = |office: usize| {
        let fit = city.units.iter().filter(move |u| {
            u.authority == OFFICES[office].0
                && u.others.iter().all(|other| !other.current)
                && matches!(&u.ownerships[..], [_, .., last] if last.current
                    && last.right.right_type.code() == "state_construction_land_and_building"
                    && last.right.holders.len() == 1)
        });
        fit.take(count / OFFICES.len())
            .map(move |u| (office, u.code().as_str().to_owned()))
    };
    // the offices take turns
    let units: Vec<_> = of(0).zip(of(1)).flat_map(|(a, b)| [a, b]).collect();
    assert_eq!(units.len(), count, "the city has too few");
    units
}
