//! Upstream before downstream, and the circles that stand in the way.

use super::RiverNetwork;

/// Positions of the elements so that each comes after all that lead into it, circles kept together; and the circles: sets of
/// more than one element, or one that leads into itself, each of which can be reached from each (Tarjan 1972, SIAM J.
/// Comput. 1:146; without recursion, since rivers are long).
pub fn upstream_first(network: &RiverNetwork) -> (Vec<usize>, Vec<Vec<usize>>) {
    const NEW: usize = usize::MAX;
    let n = network.elements.len();
    let from = network.links_from();
    let (mut index, mut low, mut on_stack) = (vec![NEW; n], vec![0; n], vec![false; n]);
    let (mut stack, mut order, mut circles) = (Vec::new(), Vec::with_capacity(n), Vec::new());
    let mut next = 0;
    for root in 0..n {
        if index[root] != NEW {
            continue;
        }
        // An element under way, and the link to look at next.
        let mut under_way = vec![(root, from[root].start)];
        while let Some((e, link)) = under_way.last_mut() {
            let e = *e;
            if index[e] == NEW {
                (index[e], low[e], on_stack[e]) = (next, next, true);
                next += 1;
                stack.push(e);
            }
            if *link < from[e].end {
                let to = network.links[*link].to;
                *link += 1;
                match to {
                    Some(to) if index[to] == NEW => under_way.push((to, from[to].start)),
                    Some(to) if on_stack[to] => low[e] = low[e].min(index[to]),
                    _ => {}
                }
                continue;
            }
            under_way.pop();
            if let Some((above, _)) = under_way.last() {
                low[*above] = low[*above].min(low[e]);
            }
            if low[e] == index[e] {
                let begins = stack.iter().rposition(|s| *s == e).unwrap_or(0);
                let mut together = stack.split_off(begins);
                together.iter().for_each(|s| on_stack[*s] = false);
                order.extend(together.iter().rev());
                let into_itself = from[e].clone().any(|l| network.links[l].to == Some(e));
                if together.len() > 1 || into_itself {
                    together.sort_unstable();
                    circles.push(together);
                }
            }
        }
    }
    order.reverse();
    circles.sort();
    (order, circles)
}
