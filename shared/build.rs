//! The migrations are built into whatever applies them.

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
