fn main() -> std::process::ExitCode {
    shared::main({{product_crate}}::{{module}}::{{Type}})
}
