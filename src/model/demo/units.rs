//! The units that quantities are read in: one table.

/// What a unit measures. Only quantities of the same kind can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    Length,
    Area,
    Volume,
    Mass,
    Time,
    /// Months and years: they have no fixed number of days.
    CalendarTime,
    Speed,
    Data,
    Energy,
    Power,
    Temperature,
    Share,
    /// Money, by ISO code: exchange rates are not known here.
    Money(&'static str),
}

impl Dimension {
    pub(super) fn name(self) -> String {
        match self {
            Self::Length => "a length".to_owned(),
            Self::Area => "an area".to_owned(),
            Self::Volume => "a volume".to_owned(),
            Self::Mass => "a mass".to_owned(),
            Self::Time => "a time".to_owned(),
            Self::CalendarTime => "a time by the calendar".to_owned(),
            Self::Speed => "a speed".to_owned(),
            Self::Data => "an amount of data".to_owned(),
            Self::Energy => "an energy".to_owned(),
            Self::Power => "a power".to_owned(),
            Self::Temperature => "a temperature".to_owned(),
            Self::Share => "a percentage".to_owned(),
            Self::Money(code) => format!("an amount in {code}"),
        }
    }
}

/// One row of [`UNITS`]: `value × num / den + offset` is the value in the base unit of the dimension.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) dimension: Dimension,
    /// Written exactly so; the first one is shown where there is no word.
    symbols: &'static [&'static str],
    /// Written in any case; the first is the singular, the second the plural that is shown.
    words: &'static [&'static str],
    pub(super) num: i128,
    pub(super) den: i128,
}

impl Unit {
    /// How the unit is written after a number.
    pub(super) fn shown(&self, one: bool) -> &'static str {
        let word = usize::from(!one);
        match (self.symbols, self.dimension) {
            ([symbol, ..], dimension) if !matches!(dimension, Dimension::Money(_)) => symbol,
            _ => self.words.get(word).copied().unwrap_or_default(),
        }
    }

    /// Whether it stands before the number, as currency signs do.
    pub(super) fn of_prefix(text: &str) -> Option<(&'static Self, &'static str)> {
        UNITS
            .iter()
            .filter(|unit| matches!(unit.dimension, Dimension::Money(_)))
            .flat_map(|unit| unit.symbols.iter().map(move |symbol| (unit, *symbol)))
            .filter(|(_, symbol)| text.ends_with(symbol))
            .max_by_key(|(_, symbol)| symbol.len())
    }

    /// The unit that is written so.
    pub(super) fn named(text: &str) -> Option<&'static Self> {
        UNITS
            .iter()
            .find(|unit| unit.symbols.contains(&text))
            .or_else(|| {
                let lower = text.to_lowercase();
                UNITS
                    .iter()
                    .find(|unit| unit.words.contains(&lower.as_str()))
            })
    }

    /// Degrees Fahrenheit, the only unit here whose zero is not that of its base unit.
    pub(super) fn is_fahrenheit(&self) -> bool {
        self.dimension == Dimension::Temperature && self.den != 1
    }
}

const fn unit(
    dimension: Dimension,
    symbols: &'static [&'static str],
    words: &'static [&'static str],
    num: i128,
    den: i128,
) -> Unit {
    Unit {
        dimension,
        symbols,
        words,
        num,
        den,
    }
}

use Dimension::{
    Area, CalendarTime, Data, Energy, Length, Mass, Money, Power, Share, Speed, Temperature, Time,
    Volume,
};

#[rustfmt::skip]
static UNITS: &[Unit] = &[
    unit(Length, &["mm"], &["millimetre", "millimetres", "millimeter", "millimeters"], 1, 1000),
    unit(Length, &["cm"], &["centimetre", "centimetres", "centimeter", "centimeters"], 1, 100),
    unit(Length, &["m"], &["metre", "metres", "meter", "meters"], 1, 1),
    unit(Length, &["km"], &["kilometre", "kilometres", "kilometer", "kilometers"], 1000, 1),
    unit(Length, &[], &["inch", "inches"], 254, 10_000),
    unit(Length, &["ft"], &["foot", "feet"], 3048, 10_000),
    unit(Length, &["yd"], &["yard", "yards"], 9144, 10_000),
    unit(Length, &["mi"], &["mile", "miles"], 1_609_344, 1000),
    unit(Area, &["m²", "m2"], &["square metre", "square metres", "square meter", "square meters", "sq m"], 1, 1),
    unit(Area, &["ha"], &["hectare", "hectares"], 10_000, 1),
    unit(Area, &["km²", "km2"], &["square kilometre", "square kilometres", "square kilometer", "square kilometers", "sq km"], 1_000_000, 1),
    unit(Volume, &["ml", "mL"], &["millilitre", "millilitres", "milliliter", "milliliters"], 1, 1000),
    unit(Volume, &["l", "L"], &["litre", "litres", "liter", "liters"], 1, 1),
    unit(Volume, &["m³", "m3"], &["cubic metre", "cubic metres", "cubic meter", "cubic meters"], 1000, 1),
    unit(Mass, &["mg"], &["milligram", "milligrams"], 1, 1000),
    unit(Mass, &["g"], &["gram", "grams", "gramme", "grammes"], 1, 1),
    unit(Mass, &["kg"], &["kilogram", "kilograms", "kilo", "kilos"], 1000, 1),
    unit(Mass, &["t"], &["tonne", "tonnes"], 1_000_000, 1),
    unit(Mass, &["oz"], &["ounce", "ounces"], 28_349_523_125, 1_000_000_000),
    unit(Mass, &["lb", "lbs"], &[], 45_359_237, 100_000),
    unit(Time, &["ms"], &["millisecond", "milliseconds"], 1, 1000),
    unit(Time, &["s"], &["second", "seconds", "sec", "secs"], 1, 1),
    unit(Time, &["min"], &["minute", "minutes", "mins"], 60, 1),
    unit(Time, &["h"], &["hour", "hours", "hr", "hrs"], 3600, 1),
    unit(Time, &[], &["day", "days"], 86_400, 1),
    unit(Time, &[], &["week", "weeks"], 604_800, 1),
    unit(CalendarTime, &[], &["month", "months"], 1, 1),
    unit(CalendarTime, &[], &["year", "years"], 12, 1),
    unit(Speed, &["m/s"], &[], 1, 1),
    unit(Speed, &["km/h"], &["kmh", "kph"], 5, 18),
    unit(Speed, &["mph"], &[], 44_704, 100_000),
    unit(Data, &[], &["byte", "bytes"], 1, 1),
    unit(Data, &["kB", "KB"], &["kilobyte", "kilobytes"], 1000, 1),
    unit(Data, &["MB"], &["megabyte", "megabytes"], 1_000_000, 1),
    unit(Data, &["GB"], &["gigabyte", "gigabytes"], 1_000_000_000, 1),
    unit(Data, &["TB"], &["terabyte", "terabytes"], 1_000_000_000_000, 1),
    unit(Data, &["KiB"], &["kibibyte", "kibibytes"], 1024, 1),
    unit(Data, &["MiB"], &["mebibyte", "mebibytes"], 1_048_576, 1),
    unit(Data, &["GiB"], &["gibibyte", "gibibytes"], 1_073_741_824, 1),
    unit(Energy, &["J"], &["joule", "joules"], 1, 1),
    unit(Energy, &["kJ"], &["kilojoule", "kilojoules"], 1000, 1),
    unit(Energy, &["Wh"], &["watt-hour", "watt-hours"], 3600, 1),
    unit(Energy, &["kWh"], &["kilowatt-hour", "kilowatt-hours"], 3_600_000, 1),
    unit(Energy, &["MWh"], &["megawatt-hour", "megawatt-hours"], 3_600_000_000, 1),
    unit(Energy, &["GWh"], &["gigawatt-hour", "gigawatt-hours"], 3_600_000_000_000, 1),
    unit(Power, &["W"], &["watt", "watts"], 1, 1),
    unit(Power, &["kW"], &["kilowatt", "kilowatts"], 1000, 1),
    unit(Power, &["MW"], &["megawatt", "megawatts"], 1_000_000, 1),
    unit(Power, &["GW"], &["gigawatt", "gigawatts"], 1_000_000_000, 1),
    unit(Temperature, &["°C"], &["degrees celsius", "celsius"], 1, 1),
    unit(Temperature, &["°F"], &["degrees fahrenheit", "fahrenheit"], 5, 9),
    unit(Share, &["%"], &["percent", "per cent"], 1, 1),
    unit(Money("USD"), &["$", "US$", "USD"], &["dollar", "dollars", "us dollar", "us dollars"], 1, 1),
    unit(Money("EUR"), &["€", "EUR"], &["euro", "euros"], 1, 1),
    unit(Money("GBP"), &["£", "GBP"], &["pound", "pounds"], 1, 1),
    unit(Money("JPY"), &["¥", "JPY"], &["yen", "yen"], 1, 1),
    unit(Money("CHF"), &["CHF"], &["franc", "francs"], 1, 1),
    unit(Money("CNY"), &["CNY"], &["yuan", "yuan"], 1, 1),
    unit(Money("INR"), &["₹", "INR"], &["rupee", "rupees"], 1, 1),
];

/// A word or letter that multiplies a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Magnitude {
    /// The power of ten.
    pub(super) exponent: i32,
    pub(super) word: &'static str,
}

/// The magnitude that is written so. `m` is a million only where money is spoken of.
pub(super) fn magnitude(text: &str, money: bool) -> Option<Magnitude> {
    let (exponent, word) = match text {
        "k" | "K" => (3, "thousand"),
        "M" => (6, "million"),
        "m" if money => (6, "million"),
        "B" => (9, "billion"),
        "T" => (12, "trillion"),
        _ => match text.to_lowercase().as_str() {
            "thousand" => (3, "thousand"),
            "million" | "millions" | "mn" | "mio" | "mln" => (6, "million"),
            "billion" | "billions" | "bn" | "bln" => (9, "billion"),
            "trillion" | "trillions" | "tn" | "trn" => (12, "trillion"),
            _ => return None,
        },
    };
    Some(Magnitude { exponent, word })
}
