//! Names of people who do not exist, and the cities that they do not live in.

use crate::random::Random;

const UNKNOWN_ZONE: &str = "Atlantis/Capital";

/// Where a tenant may stand.
#[derive(Debug)]
pub struct City {
    pub time_zone: &'static str,
    /// What its people are mostly called.
    pub names: &'static Names,
}

/// A tenant as it stands in a list of them: what it is called, and where it is.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub name: &'static str,
    pub slug: &'static str,
    pub city: &'static City,
}

impl Place {
    /// Name and slug of the `number`th branch, the first of which has no number.
    pub fn branch(&self, number: usize) -> (String, String) {
        match number {
            0 => (self.name.to_owned(), self.slug.to_owned()),
            _ => {
                let number = number + 1;
                (
                    format!("{} {number}", self.name),
                    format!("{}-{number}", self.slug),
                )
            }
        }
    }

    /// The zone on record, which nobody may know.
    pub fn time_zone(&self, is_unknown: bool) -> &'static str {
        if is_unknown {
            UNKNOWN_ZONE
        } else {
            self.city.time_zone
        }
    }
}

#[derive(Debug)]
pub struct Names {
    first: [&'static str; 12],
    last: [&'static str; 12],
}

impl Names {
    /// A first and a last name.
    pub fn draw(&self, random: &mut Random) -> (&'static str, &'static str) {
        (random.one_of(&self.first), random.one_of(&self.last))
    }
}

/// An address in a domain that is reserved for examples, so that no mail can ever reach anyone. `number` tells
/// namesakes apart.
pub fn email(first: &str, last: &str, slug: &str, number: &str) -> String {
    let plain = |name: &str| name.chars().all(|letter| letter.is_ascii_alphabetic());
    if plain(first) && plain(last) {
        format!(
            "{}.{}.{number}@example.com",
            first.to_ascii_lowercase(),
            last.to_ascii_lowercase()
        )
    } else {
        format!("{slug}.{number}@example.org")
    }
}

// Zones with and without summer time, on both sides of the equator, with half hours, and at both ends of the
// day: at any instant some of these cities have another date than the others.
/// Of those who have no office.
pub const NOWHERE: City = City {
    time_zone: "UTC",
    names: &BRITISH,
};
pub const LONDON: City = City {
    time_zone: "Europe/London",
    names: &BRITISH,
};
pub const LOS_ANGELES: City = City {
    time_zone: "America/Los_Angeles",
    names: &AMERICAN,
};
pub const TOKYO: City = City {
    time_zone: "Asia/Tokyo",
    names: &JAPANESE,
};
pub const AUCKLAND: City = City {
    time_zone: "Pacific/Auckland",
    names: &PACIFIC,
};
pub const SAO_PAULO: City = City {
    time_zone: "America/Sao_Paulo",
    names: &BRAZILIAN,
};
pub const NAIROBI: City = City {
    time_zone: "Africa/Nairobi",
    names: &EAST_AFRICAN,
};
pub const KOLKATA: City = City {
    time_zone: "Asia/Kolkata",
    names: &INDIAN,
};
pub const BERLIN: City = City {
    time_zone: "Europe/Berlin",
    names: &GERMAN,
};
pub const NEW_YORK: City = City {
    time_zone: "America/New_York",
    names: &AMERICAN,
};
pub const CAIRO: City = City {
    time_zone: "Africa/Cairo",
    names: &ARABIC,
};
pub const SYDNEY: City = City {
    time_zone: "Australia/Sydney",
    names: &PACIFIC,
};
pub const HONOLULU: City = City {
    time_zone: "Pacific/Honolulu",
    names: &PACIFIC,
};
pub const MEXICO_CITY: City = City {
    time_zone: "America/Mexico_City",
    names: &SPANISH,
};
pub const KIRITIMATI: City = City {
    time_zone: "Pacific/Kiritimati",
    names: &PACIFIC,
};

const BRITISH: Names = Names {
    first: [
        "Olivia", "Amelia", "Isla", "Poppy", "Freya", "Imogen", "George", "Harry", "Oscar", "Callum", "Rhys",
        "Ewan",
    ],
    last: [
        "Smith", "Taylor", "Davies", "Evans", "Walker", "Hughes", "Murray", "O'Neill", "Patel", "Wood",
        "Clarke", "Baker",
    ],
};

const AMERICAN: Names = Names {
    first: [
        "Emma", "Ava", "Madison", "Maria", "Zoe", "Aaliyah", "Liam", "Mason", "Ethan", "Diego", "Tyler",
        "Jamal",
    ],
    last: [
        "Johnson", "Williams", "Garcia", "Miller", "Nguyen", "Jackson", "Kim", "Lopez", "Anderson", "Thomas",
        "Rivera", "Brooks",
    ],
};

const JAPANESE: Names = Names {
    first: [
        "Yui", "Hina", "Sakura", "Aoi", "Mei", "Rin", "Haruto", "Sota", "Ren", "Kaito", "Yuto", "Daiki",
    ],
    last: [
        "Sato",
        "Suzuki",
        "Takahashi",
        "Tanaka",
        "Watanabe",
        "Ito",
        "Yamamoto",
        "Nakamura",
        "Kobayashi",
        "Kato",
        "Yoshida",
        "山田",
    ],
};

const PACIFIC: Names = Names {
    first: [
        "Charlotte",
        "Aroha",
        "Mia",
        "Leilani",
        "Ruby",
        "Anahera",
        "Jack",
        "Noah",
        "Tane",
        "Wiremu",
        "Keanu",
        "Lachlan",
    ],
    last: [
        "Wilson", "Brown", "Ngata", "Parata", "Thompson", "Kealoha", "Tamihana", "Campbell", "Kelly",
        "Mahoe", "Fraser", "Tupou",
    ],
};

const BRAZILIAN: Names = Names {
    first: [
        "Ana", "Beatriz", "Júlia", "Larissa", "Camila", "Fernanda", "João", "Pedro", "Lucas", "Rafael",
        "Thiago", "Caio",
    ],
    last: [
        "Silva", "Santos", "Oliveira", "Souza", "Lima", "Pereira", "Ferreira", "Costa", "Almeida", "Araújo",
        "Barbosa", "Nakagawa",
    ],
};

const EAST_AFRICAN: Names = Names {
    first: [
        "Wanjiru", "Achieng", "Amina", "Grace", "Njeri", "Zawadi", "Brian", "Otieno", "Kamau", "Juma",
        "Kipchoge", "Baraka",
    ],
    last: [
        "Mwangi", "Ochieng", "Kariuki", "Wambui", "Mutua", "Odhiambo", "Kiptoo", "Hassan", "Njoroge", "Were",
        "Chebet", "Abdi",
    ],
};

const INDIAN: Names = Names {
    first: [
        "Aarav", "Vivaan", "Arjun", "Rohan", "Kabir", "Ishaan", "Ananya", "Diya", "Priya", "Meera", "Kavya",
        "Nisha",
    ],
    last: [
        "Sharma", "Iyer", "Reddy", "Gupta", "Singh", "Nair", "Khan", "Das", "Mehta", "Kulkarni", "Bose",
        "D'Souza",
    ],
};

const GERMAN: Names = Names {
    first: [
        "Emilia", "Hannah", "Lena", "Greta", "Ayşe", "Jana", "Jonas", "Felix", "Jürgen", "Lukas", "Emre",
        "Søren",
    ],
    last: [
        "Müller",
        "Schmidt",
        "Schneider",
        "Fischer",
        "Weber",
        "Yılmaz",
        "Becker",
        "Schäfer",
        "Koch",
        "Richter",
        "Neumann",
        "Krause",
    ],
};

const ARABIC: Names = Names {
    first: [
        "Fatima", "Nour", "Salma", "Yasmin", "Mariam", "Hana", "Omar", "Ahmed", "Youssef", "Karim", "Tarek",
        "ليلى",
    ],
    last: [
        "Hassan", "Ibrahim", "Mansour", "El-Sayed", "Farouk", "Nasser", "Saleh", "Fahmy", "Haddad", "Aziz",
        "Shafik", "Amin",
    ],
};

const SPANISH: Names = Names {
    first: [
        "Sofía",
        "Valentina",
        "Lucía",
        "Ximena",
        "Regina",
        "Carmen",
        "Mateo",
        "Santiago",
        "Emiliano",
        "José",
        "Andrés",
        "Luis",
    ],
    last: [
        "Hernández",
        "García",
        "Martínez",
        "López",
        "González",
        "Pérez",
        "Sánchez",
        "Ramírez",
        "Flores",
        "Gómez",
        "Vázquez",
        "Ortiz",
    ],
};
