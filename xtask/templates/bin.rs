fn main() -> std::process::ExitCode {
    shared::main(|_| Ok({{product_crate}}::{{module}}::{{Type}}))
}
