use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn zipped(files: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut zip = ZipWriter::new(file.reopen().unwrap());
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
    file
}

fn fails(files: &[(&str, &[u8])], limits: Limits) -> String {
    let folder = tempfile::tempdir().unwrap();
    let zip = zipped(files);
    unpack(zip.path(), folder.path(), limits)
        .unwrap_err()
        .to_string()
}

#[test]
fn files_come_out_with_their_digests_and_without_the_folder_around_them() {
    let folder = tempfile::tempdir().unwrap();
    let zip = zipped(&[
        ("市局/house/H.csv", b"abc"),
        ("市局/land/ZD.shp", b"x"),
        ("__MACOSX/市局/._H.csv", b"junk"),
    ]);
    let files = unpack(zip.path(), folder.path(), Limits::default()).unwrap();
    assert_eq!(
        files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(),
        ["house/H.csv", "land/ZD.shp"]
    );
    // GB/T 32905-2016 Appendix A.1
    assert_eq!(
        files[0].sm3,
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    );
    assert_eq!(
        std::fs::read(folder.path().join("house/H.csv")).unwrap(),
        b"abc"
    );
}

#[test]
fn a_bomb_is_stopped_while_it_unpacks() {
    let zeros = vec![0; 4 * 1024 * 1024];
    let small = Limits {
        ratio_from: 1024 * 1024,
        ..Limits::default()
    };
    assert!(fails(&[("a.csv", &zeros)], small).contains("压缩炸弹"));
    let short = Limits {
        bytes_max: 1024 * 1024,
        ..Limits::default()
    };
    assert!(fails(&[("a.csv", &zeros)], short).contains("超过 1 MB"));
    let few = Limits {
        files_max: 1,
        ..Limits::default()
    };
    assert!(fails(&[("a", b"1"), ("b", b"2")], few).contains("2 个文件"));
}

#[test]
fn nothing_is_written_outside_the_folder() {
    for name in [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "..\\evil",
        "C:\\evil",
    ] {
        let said = fails(&[(name, b"x")], Limits::default());
        assert!(
            said.contains("路径") || said.contains("不合规"),
            "{name}: {said}"
        );
    }
}

#[test]
fn what_is_no_zip_or_empty_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"PK\x03\x04 broken").unwrap();
    let said = unpack(file.path(), folder.path(), Limits::default()).unwrap_err();
    assert!(said.to_string().contains("损坏"), "{said}");
    assert!(fails(&[], Limits::default()).contains("没有文件"));
    let mut whole = std::fs::read(zipped(&[("a.csv", &[7; 5000])]).path()).unwrap();
    let middle = 40;
    whole[middle] ^= 0xFF;
    std::fs::write(file.path(), &whole).unwrap();
    let other = tempfile::tempdir().unwrap();
    assert!(unpack(file.path(), other.path(), Limits::default()).is_err());
}

#[test]
fn names_in_gbk_are_read() {
    assert_eq!(
        safe(b"\xB7\xBF\xCE\xDD.shp").unwrap(),
        Path::new("房屋.shp")
    );
}
