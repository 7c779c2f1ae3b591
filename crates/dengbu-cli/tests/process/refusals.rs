//! A start that cannot be: the message says what is wrong, where, and what to do.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::program::{Place, Program, assert_at_rest, cluster, database_processes, run};

fn serve(data: &Path) -> crate::program::Ended {
    match Program::try_serve(data, &[]) {
        Err(ended) => ended,
        Ok(_) => panic!("it serves"),
    }
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_port_that_is_taken_is_named() {
    let place = Place::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let ended = run(&["serve", "--port", &port], &place.data());
    ended.refusal(&[&port, "端口已被占用", "--port"]);
    assert!(!place.data().exists(), "nothing was begun");

    // an address of the documentation (RFC 5737), which no machine has
    let ended = run(&["serve", "--host", "192.0.2.1"], &place.data());
    ended.refusal(&["192.0.2.1", "本机没有这个地址", "--host"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let place = Place::new();
    // as root every folder can be written: a file stands where one should be
    let cases = [
        ("data", ""),
        ("below", "/data"),
        ("with-database", "database"),
        ("with-log", "database/log"),
        ("with-cluster", "database/pg"),
        ("with-materials", "materials"),
        ("with-keys", "keys"),
    ];
    for (name, file) in cases {
        let data = place.path(name);
        let blocked = match file.strip_prefix('/') {
            _ if file.is_empty() => data.clone(),
            Some(_) => data.clone(),
            None => data.join(file),
        };
        fs::create_dir_all(blocked.parent().unwrap()).unwrap();
        fs::write(&blocked, "important").unwrap();
        let data = match file.strip_prefix('/') {
            Some(below) => data.join(below),
            None => data,
        };
        let ended = run(&["serve", "--port", "0"], &data);
        ended.refusal(&[shown(&blocked), "文件", "目录"]);
        assert_eq!(fs::read_to_string(&blocked).unwrap(), "important");
        assert_eq!(database_processes(&data), [], "{name}: a database is left");
    }
}

#[test]
fn one_program_at_a_time_works_on_a_folder() {
    let place = Place::new();
    let data = place.data();
    let program = Program::serve(&data, &[]);
    let sample = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../samples/legacy-city/open"
    );
    for command in [
        &["serve", "--port", "0"][..],
        &["load-sample", "--source", sample],
        &["register", "verify"],
        &["register", "rebuild"],
    ] {
        run(command, &data).refusal(&[shown(&data), "正在被另一个登簿程序使用", "停止"]);
    }
    // the first was not disturbed
    let health = format!("{}/api/v1/openapi.json", program.address);
    assert_eq!(ureq::get(health).call().unwrap().status(), 200);
    program.stop(Signal::TERM);

    let wrong = place.path("no-such-sample");
    run(&["load-sample", "--source", shown(&wrong)], &data)
        .refusal(&[shown(&wrong), "没有样例文件夹"]);
    assert_at_rest(&data);
}

#[test]
fn a_damaged_folder_is_named_and_left_alone() {
    let place = Place::new();
    let data = place.data();
    Program::serve(&data, &[]).stop(Signal::TERM);
    let whole = place.path("whole");
    copy(&data, &whole);
    let damaged = |damage: &dyn Fn(&Path)| {
        fs::remove_dir_all(&data).unwrap();
        copy(&whole, &data);
        damage(&data);
        let ended = serve(&data);
        assert_eq!(database_processes(&data), [], "a database is left");
        ended
    };
    let cut = |file: PathBuf, length: u64| {
        let file = fs::OpenOptions::new().write(true).open(file).unwrap();
        file.set_len(length).unwrap();
    };
    let words = |data: &Path| {
        [
            shown(&cluster(data)).to_owned(),
            "已损坏".into(),
            "备份".into(),
        ]
    };
    let said = |ended: crate::program::Ended| {
        let words = words(&data);
        ended.refusal(&[&words[0], &words[1], &words[2]]);
    };

    said(damaged(&|d| cut(cluster(d).join("global/pg_control"), 100)));
    said(damaged(&|d| {
        fs::remove_dir_all(cluster(d).join("global")).unwrap()
    }));
    said(damaged(&|d| empty(&cluster(d).join("pg_wal"))));
    said(damaged(&|d| {
        for database in fs::read_dir(cluster(d).join("base")).unwrap() {
            empty(&database.unwrap().path());
        }
    }));
    said(damaged(&|d| {
        fs::write(cluster(d).join("PG_VERSION"), "").unwrap()
    }));

    let ended = damaged(&|d| fs::write(cluster(d).join("PG_VERSION"), "99\n").unwrap());
    ended.refusal(&[shown(&cluster(&data)), "PostgreSQL 99", "不能混用"]);

    let key = data.join("keys/person-index.key");
    let ended = damaged(&|d| cut(d.join("keys/person-index.key"), 7));
    ended.refusal(&[shown(&key), "已损坏", "备份"]);

    // what was refused was not made worse
    fs::remove_dir_all(&data).unwrap();
    copy(&whole, &data);
    Program::serve(&data, &[]).stop(Signal::TERM);
}

/// A copy with owners and rights.
fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(done.unwrap().success());
}

/// Removes the files of a folder, but not the folders in it.
fn empty(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::remove_file(path).unwrap();
        }
    }
}

/// A small file system of its own, where one may be mounted.
struct Disk(PathBuf);

impl Disk {
    fn mount(path: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir_all(&path).unwrap();
        let options = format!("size={size},mode=755");
        Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(&path)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
            .then_some(Self(path))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Full at once, full while tables grow, full when the log of the database can grow no more
/// (which ends the database).
#[test]
fn a_full_disk_is_named() {
    let place = Place::new();
    for size in ["8m", "45m", "60m"] {
        let Some(disk) = Disk::mount(place.path(size), size) else {
            // without the right to mount there is no full disk to be had
            return;
        };
        let data = disk.0.join("data");
        let Err(ended) = Program::try_serve(&data, &["--demo"]) else {
            panic!("the city fits into {size}");
        };
        ended.refusal(&["磁盘空间不足", shown(&data), "清理磁盘"]);
        assert_eq!(database_processes(&data), [], "{size}: a database is left");
    }
}
