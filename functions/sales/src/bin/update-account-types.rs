fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(sales::update_account_types::UpdateAccountTypes))
}
