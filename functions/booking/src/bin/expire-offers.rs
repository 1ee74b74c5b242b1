fn main() -> std::process::ExitCode {
    shared::main(booking::expire_offers::ExpireOffers::from_variables)
}
