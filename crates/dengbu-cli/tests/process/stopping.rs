//! SIGTERM and Ctrl+C: a stop in order, at any time.

use std::io::Write;
use std::net::TcpStream;

use rustix::process::Signal;

use crate::office::Person;
use crate::program::{Place, Program, cluster};

#[test]
fn a_stop_leaves_no_process_and_the_next_start_finds_the_data() {
    let place = Place::new();
    let data = place.data();
    // told to stop at the very moment it says that it serves
    let program = Program::serve(&data, &[]);
    let ended = program.stop(Signal::TERM);
    assert!(ended.out.contains("正在关闭"), "{ended:?}");

    // Ctrl+C
    Program::serve(&data, &[]).stop(Signal::INT);
    Program::serve(&data, &[]).stop(Signal::TERM);
}

#[test]
fn a_stop_while_the_city_is_loaded_leaves_a_folder_that_can_be_finished() {
    let place = Place::new();
    let data = place.data();
    let program = Program::launch(&data, &["--demo"]);
    // from here on there is a database that could be left behind
    while !cluster(&data).join("postmaster.pid").exists() {
        std::thread::yield_now();
    }
    let ended = program.stop(Signal::TERM);
    assert!(
        !ended.out.contains("http://"),
        "stopped too late: {ended:?}"
    );

    let program = Program::serve(&data, &["--demo"]);
    // a request that never ends does not hold up a stop for ever
    let host = program.address.strip_prefix("http://").unwrap();
    let mut half = TcpStream::connect(host).unwrap();
    half.write_all(
        b"POST /api/v1/session HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
          content-length: 9\r\n\r\n{",
    )
    .unwrap();
    let clerk = Person::sign_in(&program.address, "miyi-reception");
    let unit = dengbu_demo::story::MIYI_CLEAN_FLAT;
    assert_eq!(clerk.get(&format!("/units/{unit}"))["unit_code"], unit);
    let ended = program.stop(Signal::TERM);
    assert!(ended.errors.contains("broken off"), "{ended:?}");
}
