//! The page of `tasklog up`, from the same origin as the API.

use tests::page;
use tests::system::{Broker, System};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_and_the_api_share_an_origin() {
    let mut system = System::start(Broker::Embedded).await;
    let api = system.api();
    page::check(&api).await;
    page::never_instead_of_the_api(&api).await;
    let output = system.tasklog.output();
    let address = format!("http://{}", system.tasklog.address());
    assert_eq!(output.contains(&format!("Page  {address}")), page::is_built(), "{output}");
    assert_eq!(output.matches("no web page").count(), usize::from(!page::is_built()), "{output}");
    system.tasklog.stop().await;
}
