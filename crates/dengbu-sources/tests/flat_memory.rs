//! A large file needs no more memory than a small one, an open quote at its beginning and a line
//! without an end included.
#![expect(clippy::unwrap_used, reason = "tests")]
#![cfg(target_os = "linux")]

use std::io::Write;

use dengbu_sources::{OpenOptions, Source};

/// The most memory this process ever had, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_large_csv_is_streamed() {
    const ROWS: u64 = 250_000;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.csv");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let encoded = |t: &str| encoding_rs::GBK.encode(t).0.into_owned();
    out.write_all(&encoded("编号,坐落,面积,备注\n0,\"没有闭合,1,\n"))
        .unwrap();
    let line = encoded(
        ",攀枝花市东区炳草岗大街74号凤凰新村一期1栋1单元1层1号,90.5,一二三四五六七八九十\n",
    );
    for i in 1..=ROWS {
        write!(out, "H{i}").unwrap();
        out.write_all(&line).unwrap();
    }
    out.write_all(&vec![b'x'; 24 << 20]).unwrap();
    out.write_all(&encoded("\nH,末,1,\n")).unwrap();
    out.flush().unwrap();
    let size_kib = std::fs::metadata(&path).unwrap().len() / 1024;
    assert!(size_kib > 40 << 10, "{size_kib}");

    let source = Source::open_path(&path, &OpenOptions::default()).unwrap();
    let before = peak_kib();
    let (mut read, mut broken) = (0, Vec::new());
    for record in source.records("large").unwrap() {
        match record {
            Ok(_) => read += 1,
            Err(e) => broken.push((e.line, e.reason)),
        }
    }
    assert_eq!(read, ROWS + 1);
    assert_eq!(
        broken,
        [
            (2, "引号没有闭合，该行未读取".to_owned()),
            (ROWS + 3, "该行过长，未读取".to_owned())
        ]
    );
    let grown = peak_kib() - before;
    assert!(
        grown < 16 << 10,
        "{grown} KiB more for a file of {size_kib} KiB"
    );
}
