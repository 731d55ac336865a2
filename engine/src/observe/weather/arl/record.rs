//! Records of the ARL packed format: the 50-byte label, the index that opens every moment, and the packed fields.
//!
//! A file is a row of records of equal length, 50 + nx·ny bytes. Every moment starts with an index (`INDX`) that names the
//! grid, the levels and, level by level, the records that follow. A field is packed as differences of one byte from point to
//! point, in steps of 2^(exponent − 7) (Draxler & Hess 1997, NOAA TM ERL ARL-224, ch. 3; HYSPLIT user's guide, S141).

/// Bytes of a label.
pub const LABEL: usize = 50;
/// Bytes of an index before its list of levels.
pub const FIXED: usize = 108;

/// The label of one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Year with its century, month, day, hour (UTC).
    pub date: [i32; 4],
    /// Hours of forecast; below 0 where the record holds no data.
    pub forecast: i32,
    /// Number of the level, 0 the ground.
    pub level: i32,
    /// What a grid of 1,000 points or more adds to (nx, ny).
    pub thousands: [usize; 2],
    /// Variable.
    pub name: String,
    /// Exponent of the packing.
    pub exponent: i32,
    /// Values nearer to 0 than this are 0.
    pub precision: f32,
    /// The first value.
    pub first: f32,
}

fn number<T: std::str::FromStr>(bytes: &[u8], from: usize, to: usize, what: &str) -> Result<T, String> {
    let text = bytes.get(from..to).map(String::from_utf8_lossy).unwrap_or_default();
    text.trim().parse().map_err(|_| format!("{what} is \"{}\", which is no number", text.escape_debug()))
}

fn name(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_string()
}

/// Thousands that a letter stands for: A 1,000, B 2,000, …; anything else none.
fn thousands(letter: u8) -> usize {
    if letter.is_ascii_uppercase() { usize::from(letter - b'A' + 1) * 1000 } else { 0 }
}

impl Label {
    /// Reads a label, or says which of its fields cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Label, String> {
        let integer = |from, to, what| number::<i32>(bytes, from, to, what);
        if bytes.len() < LABEL {
            return Err("the label of the record is cut short".into());
        }
        let year = integer(0, 2, "the year")?;
        // Two digits: to 2039 this century, as HYSPLIT and arlmet read them.
        let year = if (0..40).contains(&year) { 2000 + year } else { 1900 + year };
        Ok(Label {
            date: [year, integer(2, 4, "the month")?, integer(4, 6, "the day")?, integer(6, 8, "the hour")?],
            forecast: integer(8, 10, "the forecast hour")?,
            level: integer(10, 12, "the level")?,
            thousands: [thousands(bytes[12]), thousands(bytes[13])],
            name: name(&bytes[14..18]),
            exponent: integer(18, 22, "the exponent")?,
            precision: number(bytes, 22, 36, "the precision")?,
            first: number(bytes, 36, 50, "the first value")?,
        })
    }

    /// True where the record holds no data: a forecast hour below 0, or the name `NULL`.
    pub fn missing(&self) -> bool {
        self.forecast < 0 || self.name == "NULL"
    }
}

/// One level of an index.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Its place in the vertical coordinate of the file.
    pub at: f64,
    /// Variables with the checksums of their bytes, in the order of the records.
    pub variables: Vec<(String, u32)>,
}

/// The index of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Model.
    pub source: String,
    /// Minutes after the hour.
    pub minutes: i32,
    /// Pole latitude and longitude, reference latitude and longitude, grid size (km; 0 = degrees), orientation, tangent
    /// latitude, synchronised x, y, latitude, longitude, and a last number that some vertical coordinates use.
    pub map: [f64; 12],
    /// Points along the axes.
    pub nx: usize,
    /// Points along the second axis.
    pub ny: usize,
    /// Vertical coordinate: 1 sigma, 2 pressure, 3 terrain-following height, 4 hybrid, 5 hybrid of WRF.
    pub vertical: i32,
    /// Levels, the ground first.
    pub levels: Vec<Level>,
    /// Bytes of the index after its label.
    pub length: usize,
}

impl Index {
    /// Reads the part that has a fixed place: everything but the levels. Gives also the number of levels.
    pub fn read_fixed(label: &Label, bytes: &[u8]) -> Result<(Index, usize), String> {
        let mut map = [0.0; 12];
        for (at, value) in map.iter_mut().enumerate() {
            *value = number(bytes, 9 + 7 * at, 16 + 7 * at, "a number of the map")?;
            if !f64::is_finite(*value) {
                return Err(format!("number {} of the map is {value}", at + 1));
            }
        }
        let nx = number::<usize>(bytes, 93, 96, "nx")? + label.thousands[0];
        let ny = number::<usize>(bytes, 96, 99, "ny")? + label.thousands[1];
        let levels: usize = number(bytes, 99, 102, "the number of levels")?;
        let length: usize = number(bytes, 104, 108, "the length of the index")?;
        if nx < 2 || ny < 2 || levels < 2 || length < FIXED {
            return Err(format!("the index names a grid of {nx} × {ny} points and {levels} levels"));
        }
        let index = Index {
            source: name(&bytes[0..4]),
            minutes: number::<i32>(bytes, 7, 9, "the minutes").unwrap_or(0),
            map,
            nx,
            ny,
            vertical: number(bytes, 102, 104, "the vertical coordinate")?,
            levels: Vec::new(),
            length,
        };
        Ok((index, levels))
    }

    /// Reads the levels.
    pub fn read_levels(&mut self, count: usize, bytes: &[u8]) -> Result<(), String> {
        let mut at = FIXED;
        for level in 0..count {
            let place: f64 = number(bytes, at, at + 6, "the place of a level")?;
            if !place.is_finite() {
                return Err(format!("level {level} lies at {place}"));
            }
            let count: usize = number(bytes, at + 6, at + 8, "the number of variables of a level")?;
            at += 8;
            let mut variables = Vec::new();
            for _ in 0..count {
                let checksum = number::<u32>(bytes, at + 4, at + 7, "a checksum")?;
                variables.push((name(&bytes[at..at + 4]), checksum));
                at += 8;
            }
            self.levels.push(Level { at: place, variables });
        }
        Ok(())
    }

    /// Records that follow the index.
    pub fn records(&self) -> usize {
        self.levels.iter().map(|level| level.variables.len()).sum()
    }

    /// Records that the index itself takes: one, or more on a grid too small to hold it. Each has a label of its own
    /// (HYSPLIT, `pakndx`).
    pub fn own_records(&self) -> usize {
        self.length.div_ceil(self.nx * self.ny)
    }
}

/// The checksum of an index: the sum of the bytes with the carry of 255 added back.
pub fn checksum(packed: &[u8]) -> u32 {
    packed.iter().fold(0, |sum, byte| {
        let sum = sum + u32::from(*byte);
        if sum >= 256 { sum - 255 } else { sum }
    })
}

/// The field in a record, `j·nx + i`, in the arithmetic of HYSPLIT's `PAKINP` (single precision, in its order), so that it is
/// the same to the last bit.
pub fn unpack(label: &Label, packed: &[u8], nx: usize) -> Vec<f32> {
    let step = 2.0_f32.powi(label.exponent - 7);
    let mut first_of_row = label.first;
    let mut field = Vec::with_capacity(packed.len());
    for row in packed.chunks_exact(nx) {
        first_of_row += (f32::from(row[0]) - 127.0) * step;
        let mut value = first_of_row;
        field.push(value);
        for byte in &row[1..] {
            value += (f32::from(*byte) - 127.0) * step;
            field.push(if value.abs() < label.precision { 0.0 } else { value });
        }
    }
    field
}
