fn main() -> std::process::ExitCode {
    shared::main(|_| Ok(sales::calculate_burn_rates::CalculateBurnRates))
}
