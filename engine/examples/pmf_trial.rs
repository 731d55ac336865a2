//! Trial of the factor model: `pmf_trial CONC UNC K STARTS [tolerance]`.
use liankong_engine::attribute::pmf::{self, Settings, start, table};
use std::time::Instant;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let read = |p: &str| std::fs::read(p).unwrap();
    let r = table::read((&a[1], &read(&a[1])), (&a[2], &read(&a[2]))).map_err(|e| println!("{e}")).unwrap();
    let k: usize = a[3].parse().unwrap();
    let starts: u64 = a[4].parse().unwrap();
    let mut s = Settings::default();
    if let Some(t) = a.get(5) { s.tolerance = t.parse().unwrap(); }
    if a.get(6).is_some() { s.robust = Some(4.0); }
    let mut qs = vec![];
    let (mut it, t0) = (0, Instant::now());
    for i in 0..starts {
        let f = pmf::fit(&r.measurements, start::random(&r.measurements, k, 42, i), &s).unwrap();
        it += f.iterations;
        qs.push((f.q_true, f.q_robust));
    }
    let cpu: f64 = std::fs::read_to_string("/proc/self/schedstat").unwrap().split(" ").next().unwrap().parse::<f64>().unwrap() * 1e-9; let _ = t0;
    qs.sort_by(|a, b| a.0.total_cmp(&b.0));
    println!("K {k}: best {:.0} median {:.0} worst {:.0} robust best {:.0}; {} iterations/model, {:.4} s/model {:.1} us/iteration", qs[0].0, qs[qs.len()/2].0, qs[qs.len()-1].0, qs[0].1, it / starts as usize, cpu / starts as f64, cpu / it as f64 * 1e6);
}
