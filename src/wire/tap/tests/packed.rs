//! Bodies that are packed: what arrives, and what is recorded.

use hyper::header::CONTENT_ENCODING;

use super::*;

#[tokio::test]
async fn what_is_packed_is_handed_on_as_it_came_and_recorded_as_it_is_meant() {
    let packed = Bytes::from(gzip(br#"{"asked":"a","asked_twice":"a"}"#));
    let answered = Bytes::from(gzip(ANSWER.as_bytes()));
    let (got, answer) = (Arc::new(Mutex::new(None)), answered.clone());
    let keep = Arc::clone(&got);
    let router = Router::new().route(
        "/",
        post(move |headers: axum::http::HeaderMap, body: Bytes| async move {
            *keep.lock().unwrap() = Some((headers, body));
            ([(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")], answer)
        }),
    );
    let (listener, address) = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let stop = watch::Sender::new(false);
    tokio::spawn(serve(listener, answering(router), stop.subscribe()));
    let there = || Onward::There(Caller::of_ours(false).unwrap(), format!("http://{address}"));
    for serves_ours in [false, true] {
        let tapped = Tapped::for_caller(there(), serves_ours).await;
        let call = tapped.open(None);
        let mut stream = TcpStream::connect(tapped.address).await.unwrap();
        let head = "POST / HTTP/1.1\r\nhost: h\r\nx-request-id: named\r\nconnection: close\r\naccept-encoding: gzip\r\n\
                    content-encoding: gzip\r\nexpect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).await.unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        for piece in packed.chunks(7) {
            let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat();
            stream.write_all(&chunk).await.unwrap();
        }
        stream.write_all(b"0\r\n\r\n").await.unwrap();
        let mut arrived = Vec::new();
        stream.read_to_end(&mut arrived).await.unwrap();
        let (headers, body) = got.lock().unwrap().take().unwrap();
        assert_eq!((&body, headers.get("content-encoding").unwrap().as_bytes()), (&packed, &b"gzip"[..]));
        assert_eq!((headers.get("expect"), headers["accept-encoding"].as_bytes()), (None, &b"gzip"[..]));
        let expected = if serves_ours { ANSWER.as_bytes() } else { &answered[..] };
        assert!(arrived.ends_with(expected), "{}", String::from_utf8_lossy(&arrived));
        let says_packed = String::from_utf8_lossy(&arrived).contains("content-encoding: gzip");
        assert_eq!(says_packed, !serves_ours);
        let exchange = tapped.journal.close(call).exchanges.remove(0);
        assert_eq!(exchange.request.body.text("asked"), Some("a"));
        assert_eq!(exchange.reply().and_then(|reply| reply.body.text("answer")), Some("whole"));
    }
}

#[tokio::test]
async fn ours_are_asked_in_plain_words() {
    let router = Router::new().route("/", post(|body: String| async move { body }));
    let tapped = Tapped::before(Onward::Here(router)).await;
    let packed = gzip(b"{}");
    let mut stream = TcpStream::connect(tapped.address).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        packed.len()
    );
    stream.write_all(&[head.as_bytes(), &packed].concat()).await.unwrap();
    let mut arrived = String::new();
    stream.read_to_string(&mut arrived).await.unwrap();
    assert!(arrived.starts_with("HTTP/1.1 200 OK\r\n") && arrived.ends_with("\r\n\r\n{}"), "{arrived}");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}
