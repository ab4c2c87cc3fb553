//! Runs of scenarios side by side: each on a thread of its own, since a run does not leave the thread that it began on.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tokio::sync::mpsc;

/// Works on each item, on so many threads, and hands each result on with the item's place as soon as it is there. Begins
/// no more once `stop` is set.
pub fn on_threads<T, R, F, W>(
    items: Vec<T>,
    threads: usize,
    stop: &Arc<AtomicBool>,
    work: F,
) -> mpsc::UnboundedReceiver<(usize, io::Result<R>)>
where
    T: Clone + Send + Sync + 'static,
    R: Send + 'static,
    F: Fn(T) -> W + Send + Sync + 'static,
    W: Future<Output = R>,
{
    let (tell, told) = mpsc::unbounded_channel();
    let shared = Arc::new((items, AtomicUsize::new(0), work));
    for _ in 0..threads.max(1) {
        let (shared, stop, tell) = (Arc::clone(&shared), Arc::clone(stop), tell.clone());
        thread::spawn(move || {
            let (items, next, work) = &*shared;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            while !stop.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(at) else { return };
                let result = match &runtime {
                    Ok(runtime) => Ok(runtime.block_on(work(item.clone()))),
                    Err(error) => Err(io::Error::from(error.kind())),
                };
                if tell.send((at, result)).is_err() {
                    return;
                }
            }
        });
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_item_is_worked_on_once() {
        let mut told = on_threads((0..50).collect(), 3, &Arc::default(), |item: u64| async move { item * 2 });
        let mut results = Vec::new();
        while let Some((at, result)) = told.recv().await {
            results.push((at, result.unwrap()));
        }
        results.sort_unstable();
        assert_eq!(results, (0..50).map(|item| (usize::try_from(item).unwrap(), item * 2)).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn nothing_more_is_begun_once_it_is_to_stop() {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let mut told = on_threads(vec![1, 2, 3], 1, &stop, move |item: u64| {
            seen.store(true, Ordering::Relaxed);
            async move { item }
        });
        assert!(matches!(told.recv().await, Some((0, Ok(1)))));
        assert!(told.recv().await.is_none());
    }
}
