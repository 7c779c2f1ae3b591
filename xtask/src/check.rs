//! `cargo xtask test`: every check of the project, the one that build servers run.

use std::process::ExitCode;

use crate::shell::{self, Problem, cargo, command, root};
use crate::steps::{Outcome, Step, perform};
use crate::{tools, web};

/// Clippy over everything, warnings are errors.
pub const CLIPPY: [&str; 7] = [
    "clippy",
    "--workspace",
    "--all-targets",
    "--all-features",
    "--",
    "-D",
    "warnings",
];

/// The front end comes first: the program embeds what it makes, and what is built before it is there
/// would be built again.
const STEPS: [Step; 16] = [
    Step {
        name: "fmt",
        needs: &[],
        work: fmt,
    },
    Step {
        name: "web-install",
        needs: &[],
        work: web_install,
    },
    Step {
        name: "web-types",
        needs: &["web-install"],
        work: web_types,
    },
    Step {
        name: "web-tests",
        needs: &["web-install"],
        work: web_tests,
    },
    Step {
        name: "web-build",
        needs: &["web-install"],
        work: web_build,
    },
    Step {
        name: "clippy",
        needs: &[],
        work: clippy,
    },
    Step {
        name: "doc",
        needs: &[],
        work: doc,
    },
    Step {
        name: "deny",
        needs: &[],
        work: deny,
    },
    Step {
        name: "engine",
        needs: &[],
        work: engine,
    },
    Step {
        name: "ecert-tools",
        needs: &[],
        work: ecert_tools,
    },
    Step {
        name: "rust-tests",
        needs: &["engine", "ecert-tools"],
        work: rust_tests,
    },
    Step {
        name: "doc-tests",
        needs: &[],
        work: doc_tests,
    },
    Step {
        name: "binary",
        needs: &[],
        work: binary,
    },
    Step {
        name: "openapi",
        needs: &["binary"],
        work: openapi,
    },
    Step {
        name: "api-fuzz",
        needs: &["engine", "binary"],
        work: api_fuzz,
    },
    Step {
        name: "e2e",
        needs: &["engine", "binary", "web-build"],
        work: e2e,
    },
];

/// Runs all steps, or the named ones.
pub fn test(chosen: &[&str]) -> Result<ExitCode, Problem> {
    let well = perform(&STEPS, chosen)?;
    Ok(if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn fmt() -> Result<Outcome, Problem> {
    cargo(&["fmt", "--all", "--check"], &[])?;
    Ok(Outcome::Passed)
}

fn clippy() -> Result<Outcome, Problem> {
    cargo(&CLIPPY, &[])?;
    Ok(Outcome::Passed)
}

fn doc() -> Result<Outcome, Problem> {
    let args = ["doc", "--workspace", "--no-deps", "--all-features"];
    let mut doc = command(&shell::cargo_program(), &args, &root());
    doc.env("RUSTDOCFLAGS", "-D warnings");
    shell::run(doc)?;
    Ok(Outcome::Passed)
}

fn deny() -> Result<Outcome, Problem> {
    if shell::find("cargo-deny").is_none() {
        let why = "没有安装 cargo-deny，许可证与来源未检查 (cargo install --locked cargo-deny)";
        return Ok(Outcome::Skipped(why.to_owned()));
    }
    // Not `advisories`: their database lives outside the package registries.
    cargo(&["deny", "check", "licenses", "bans", "sources"], &[])?;
    Ok(Outcome::Passed)
}

fn engine() -> Result<Outcome, Problem> {
    tools::require_web()?;
    web::install_engine()?;
    Ok(Outcome::Passed)
}

fn rust_tests() -> Result<Outcome, Problem> {
    if shell::find("cargo-nextest").is_some() {
        cargo(
            &[
                "nextest",
                "run",
                "--workspace",
                "--all-features",
                "--no-fail-fast",
            ],
            &[],
        )?;
    } else {
        let args = [
            "test",
            "--workspace",
            "--all-features",
            "--all-targets",
            "--no-fail-fast",
        ];
        cargo(&args, &[])?;
    }
    Ok(Outcome::Passed)
}

/// Over the whole workspace, although few crates have examples: another choice of packages would be
/// another choice of features, and everything would be built anew.
fn doc_tests() -> Result<Outcome, Problem> {
    cargo(&["test", "--doc", "--workspace", "--all-features"], &[])?;
    Ok(Outcome::Passed)
}

/// The program the following steps run: a debug build, by the very choice of packages, features
/// and targets that the tests were built with, so that nothing is built twice.
fn binary() -> Result<Outcome, Problem> {
    let args = [
        "build",
        "--workspace",
        "--all-features",
        "--bins",
        "--tests",
    ];
    cargo(&args, &[])?;
    Ok(Outcome::Passed)
}

fn openapi() -> Result<Outcome, Problem> {
    if !web::exists() {
        return Ok(without_web());
    }
    web::check_openapi()?;
    Ok(Outcome::Passed)
}

/// The interface against its own document: no server error, no answer it does not foresee.
/// Programs of others that judge certificates' files in the Rust tests.
fn ecert_tools() -> Result<Outcome, Problem> {
    tools::pdf_reader()?;
    shell::run(command("sh", &["tools/ecert-python.sh"], &root()))?;
    Ok(Outcome::Passed)
}

fn api_fuzz() -> Result<Outcome, Problem> {
    let mut fuzz = command("bash", &["tools/schemathesis.sh"], &root());
    fuzz.env(
        "DENGBU_BIN",
        shell::target_dir().join("debug").join("dengbu"),
    );
    shell::run(fuzz)?;
    Ok(Outcome::Passed)
}

fn web_install() -> Result<Outcome, Problem> {
    if !web::exists() {
        return Ok(without_web());
    }
    tools::require_web()?;
    web::install()?;
    Ok(Outcome::Passed)
}

fn web_types() -> Result<Outcome, Problem> {
    web::npm_run("check")?;
    Ok(Outcome::Passed)
}

fn web_tests() -> Result<Outcome, Problem> {
    web::npm_run("test")?;
    Ok(Outcome::Passed)
}

fn web_build() -> Result<Outcome, Problem> {
    web::build()?;
    Ok(Outcome::Passed)
}

fn e2e() -> Result<Outcome, Problem> {
    let chromium = tools::chromium()?;
    tools::pdf_reader()?;
    let mut e2e = command("npm", &["run", "--silent", "e2e"], &web::folder());
    e2e.env("CHROMIUM", chromium);
    e2e.env(
        "DENGBU_BIN",
        shell::target_dir().join("debug").join("dengbu"),
    );
    shell::run(e2e)?;
    Ok(Outcome::Passed)
}

fn without_web() -> Outcome {
    Outcome::Skipped("没有 web/package.json".to_owned())
}
