//! The gyms' names.

use crate::names::{self, Place};

#[rustfmt::skip]
pub const PLACES: [Place; 14] = [
    Place { name: "Iron Temple",        slug: "iron-temple",        city: &names::LONDON },
    Place { name: "Sunset Strength",    slug: "sunset-strength",    city: &names::LOS_ANGELES },
    Place { name: "Asakusa Fitness",    slug: "asakusa-fitness",    city: &names::TOKYO },
    Place { name: "Harbour Barbell",    slug: "harbour-barbell",    city: &names::AUCKLAND },
    Place { name: "Academia Pinheiros", slug: "academia-pinheiros", city: &names::SAO_PAULO },
    Place { name: "Savanna Athletics",  slug: "savanna-athletics",  city: &names::NAIROBI },
    Place { name: "Akhara One",         slug: "akhara-one",         city: &names::KOLKATA },
    Place { name: "Kraftwerk Mitte",    slug: "kraftwerk-mitte",    city: &names::BERLIN },
    Place { name: "Empire Lifting",     slug: "empire-lifting",     city: &names::NEW_YORK },
    Place { name: "Corniche Club",      slug: "corniche-club",      city: &names::CAIRO },
    Place { name: "Bondi Movement",     slug: "bondi-movement",     city: &names::SYDNEY },
    Place { name: "Banyan Fitness",     slug: "banyan-fitness",     city: &names::HONOLULU },
    Place { name: "Gimnasio Reforma",   slug: "gimnasio-reforma",   city: &names::MEXICO_CITY },
    Place { name: "Lagoon Training",    slug: "lagoon-training",    city: &names::KIRITIMATI },
];
