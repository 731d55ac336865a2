//! Whatever happens to the files of a case, reading answers with the case or with problems, and a turn over what still
//! reads never panics, never hangs and gives finite numbers.
//!
//! The toy case is copied, one to three of its files are damaged, and the whole is read again, `LIANKONG_MANGLES` times
//! (2,000 unless told otherwise), from number `LIANKONG_MANGLE_FIRST` on. The damage is drawn from a generator seeded with
//! the number, so that a failure can be repeated: its number is in the message. Every case that still reads goes down the
//! river and through a whole turn, which is kept short (few particles, hours and days).

#![allow(clippy::unwrap_used, clippy::panic)]

use crate::whole_turn::whole_turn;
use liankong_engine::problem::Error;
use liankong_engine::region::Case;
use liankong_engine::region::calendar::{DAY, Time};
use liankong_engine::transport::river;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// SplitMix64 (Steele, Lea & Flood 2014).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `n` − 1; 0 where `n` is 0.
    fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// What people, spreadsheets and loggers put into cells.
const NONSENSE: [&str; 34] = [
    "NaN",
    "inf",
    "-inf",
    "-1",
    "0",
    "-0.0",
    "1e308",
    "-1e308",
    "1e-308",
    "1e400",
    "999999999999999999999",
    "",
    " ",
    "\"",
    "\"\"",
    "null",
    "#REF!",
    "—",
    "上海",
    "1,5",
    "1;2",
    "0x10",
    "+5",
    "9999-12-31",
    "0001-01-01",
    "-9999-01-01T00:00Z",
    "9999-12-31T23:00+14:00",
    "2021-02-30",
    "1970-01-01T00:00Z",
    "12/08/2015",
    "P11",
    "X1",
    "air",
    "=1+1",
];

/// One damage, and a word for it.
fn mangle(bytes: &[u8], draw: &mut Draw) -> (Vec<u8>, &'static str) {
    let mut lines: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    let at = draw.below(lines.len());
    let joined = |lines: &[Vec<u8>]| lines.join(&b'\n');
    match draw.below(24) {
        0 => {
            let mut all = bytes.to_vec();
            let place = draw.below(all.len());
            if let Some(byte) = all.get_mut(place) {
                *byte ^= 1 << draw.below(8);
            }
            (all, "a flipped bit")
        }
        1 => {
            lines.remove(at);
            (joined(&lines), "a line lost")
        }
        2 => {
            let (line, to) = (lines[at].clone(), draw.below(lines.len()));
            lines.insert(to, line);
            (joined(&lines), "a line twice")
        }
        3 => {
            let other = draw.below(lines.len());
            lines.swap(at, other);
            (joined(&lines), "lines swapped")
        }
        4..=8 => {
            let word = draw.pick(&NONSENSE).as_bytes();
            replace_cell(&mut lines[at], word, draw);
            (joined(&lines), "nonsense in a cell")
        }
        9 => (bytes[..draw.below(bytes.len())].to_vec(), "cut short"),
        10 => {
            let column = draw.below(lines[0].split(|b| *b == b',').count());
            lines.iter_mut().for_each(|line| drop_cell(line, column));
            (joined(&lines), "a column lost")
        }
        11 => {
            let mut all = bytes.to_vec();
            let place = draw.below(all.len());
            all.insert(place, *draw.pick(b"\"'\0\r,[]{}="));
            (all, "a stray mark")
        }
        12 => {
            // 甲镇 in GBK.
            replace_cell(&mut lines[at], &[0xbc, 0xd7, 0xd5, 0xf2], draw);
            (joined(&lines), "GBK bytes")
        }
        13 => (Vec::new(), "emptied"),
        14 => {
            replace_cell(&mut lines[at], "很长".repeat(20_000).as_bytes(), draw);
            (joined(&lines), "a very long text")
        }
        15 => {
            let place = draw.below(bytes.len());
            (
                [&bytes[..place], draw.pick(&[&b"["[..], b"{\"a\":", b"a."]).repeat(5_000).as_slice(), &bytes[place..]]
                    .concat(),
                "deep nesting",
            )
        }
        16 => (bytes.iter().map(|b| if *b == b'\n' { b'\r' } else { *b }).collect(), "old line ends"),
        17 => {
            let other = draw.below(lines.len());
            let mut cells: Vec<&[u8]> = lines[other].split(|b| *b == b',').collect();
            let (one, two) = (draw.below(cells.len()), draw.below(cells.len()));
            cells.swap(one, two);
            lines[other] = cells.join(&b',');
            (joined(&lines), "cells swapped")
        }
        // A wrong digit mostly leaves a case that reads, with a wrong value in it.
        _ => {
            let digits: Vec<usize> = (0..bytes.len()).filter(|i| bytes[*i].is_ascii_digit()).collect();
            let mut all = bytes.to_vec();
            for _ in 0..1 + draw.below(3) {
                let (place, digit) = (draw.below(digits.len()), b'0' + draw.below(10) as u8);
                if let Some(place) = digits.get(place) {
                    all[*place] = digit;
                }
            }
            (all, "wrong digits")
        }
    }
}

fn replace_cell(line: &mut Vec<u8>, word: &[u8], draw: &mut Draw) {
    let mut cells: Vec<&[u8]> = line.split(|b| *b == b',').collect();
    let at = draw.below(cells.len());
    cells[at] = word;
    *line = cells.join(&b',');
}

fn drop_cell(line: &mut Vec<u8>, column: usize) {
    let mut cells: Vec<&[u8]> = line.split(|b| *b == b',').collect();
    if column < cells.len() {
        cells.remove(column);
    }
    *line = cells.join(&b',');
}

/// The sound files of the toy case, by name.
fn sound_files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/two-towns");
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end != "py" && end != "md"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// A folder of this process that goes away in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("liankong-mangled-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Keeps a turn short where a wrong digit asks for years or for a hundred thousand particles; this test asks whether a turn
/// ends, not whether it is right. One in fifty keeps all its days, so that the campaign has something to be found in.
fn shorten(case: &mut Case, number: u64) {
    case.settings.air.particles = case.settings.air.particles.min(2);
    case.settings.air.hours = case.settings.air.hours.min(3);
    let days = if number.is_multiple_of(50) { 60 } else { 2 };
    if let Some(period) = &mut case.settings.air_period {
        period.end = period.end.min(Time(period.start.0 + days * DAY));
        let end = period.end;
        case.weather.retain(|hour| hour.time < end);
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn no_damage_to_a_case_makes_reading_or_a_turn_panic_hang_or_give_a_number_that_is_none() {
    let (count, start) = (number("LIANKONG_MANGLES", 2000), number("LIANKONG_MANGLE_FIRST", 0));
    let (files, folder) = (sound_files(), Folder::new());
    files.iter().for_each(|(name, bytes)| folder.write(name, bytes));
    let (mut sound, mut slowest) = (0, (Duration::ZERO, String::new()));
    let mut reading = Duration::ZERO;
    let mut wrong: Vec<String> = Vec::new();
    for number in start..start + count {
        let mut draw = Draw(number);
        let mut done = Vec::new();
        for _ in 0..1 + draw.below(3) {
            let (name, bytes) = draw.pick(&files);
            let (mangled, what) = mangle(bytes, &mut draw);
            folder.write(name, &mangled);
            done.push((name, what));
        }
        let told = format!("mangle {number}: {done:?}");
        let begun = Instant::now();
        let read = catch_unwind(AssertUnwindSafe(|| Case::read(&folder.0)));
        reading += begun.elapsed();
        match read {
            Err(_) => wrong.push(format!("reading panics, {told}")),
            Ok(Err(Error::Input(problems))) => {
                if problems.is_empty() {
                    wrong.push(format!("refused without a word, {told}"));
                }
                for sentence in problems.iter().map(ToString::to_string) {
                    if sentence.contains('\n') || sentence.len() > 4000 {
                        wrong.push(format!("not a sentence: {sentence}, {told}"));
                    }
                }
            }
            Ok(Err(other)) => wrong.push(format!("{other}, {told}")),
            Ok(Ok(mut case)) => {
                sound += 1;
                shorten(&mut case, number);
                // A turn may give up with a sentence; it must not panic.
                let run = || (river::forward(&case).is_ok(), whole_turn(&case));
                match catch_unwind(AssertUnwindSafe(run)) {
                    Err(_) => wrong.push(format!("the turn panics, {told}")),
                    Ok((_, Ok(nonsense))) => wrong.extend(nonsense.map(|n| format!("{n}, {told}"))),
                    Ok((_, Err(sentence))) => println!("{sentence}, {told}"),
                }
            }
        }
        slowest = slowest.max((begun.elapsed(), told));
        for (name, _) in done {
            let (_, bytes) = files.iter().find(|(other, _)| other == name).unwrap();
            folder.write(name, bytes);
        }
    }
    println!(
        "{count} mangled cases, {sound} still read and went through a turn; the slowest, {slowest:?}; reading took {reading:?}"
    );
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(sound > count / 20, "{sound} still read");
}
