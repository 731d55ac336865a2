//! Trial of the factor model: `pmf_trial CONC UNC K STARTS [tolerance] [robust] `.
use liankong_engine::attribute::pmf::{self, Settings, start, table, displacement};
fn cpu() -> f64 { std::fs::read_to_string("/proc/self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9 }
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let read = |p: &str| std::fs::read(p).unwrap();
    let r = table::read((&a[1], &read(&a[1])), (&a[2], &read(&a[2]))).map_err(|e| println!("{e}")).unwrap();
    let k: usize = a[3].parse().unwrap();
    let starts: u64 = a[4].parse().unwrap();
    let mut s = Settings::default();
    if let Some(t) = a.get(5) { s.tolerance = t.parse().unwrap(); }
    if let Some(t) = a.get(6) { s.window = t.parse().unwrap(); }
    let mut fits = vec![];
    let mut it = 0;
    for i in 0..starts {
        let f = pmf::fit(&r.measurements, start::random(&r.measurements, k, 42, i), &s).unwrap();
        it += f.iterations;
        fits.push(f);
    }
    let used = cpu();
    fits.sort_by(|a, b| a.q_true.total_cmp(&b.q_true));
    println!("K {k}: best {:.0} median {:.0} worst {:.0} robust best {:.0}; {} iterations/model, {:.4} s/model {:.1} us/iteration", fits[0].q_true, fits[fits.len()/2].q_true, fits[fits.len()-1].q_true, fits[0].q_robust, it / starts as usize, used / starts as f64, used / it as f64 * 1e6);
    if a.get(7).is_some() {
        let t = std::time::Instant::now();
        let i = displacement::displace(&r.measurements, &fits[0], &s, &[], &displacement::LEVELS, &|| {});
        println!("displacement {:.1} s wall", t.elapsed().as_secs_f64());
        for x in i.iter().step_by(11) { println!("{} {} {:.4} low {:.4?} high {:.4?} swaps {:?} fall {:.2}", x.factor, r.measurements.species[x.species], x.value, x.low, x.high, x.swaps, x.fall); }
    }
}
