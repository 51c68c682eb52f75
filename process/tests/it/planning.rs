//! A look for what is due reads what is due, and nothing else, however much waits.

use crate::world::*;

async fn waiting(world: &World, table: &str, rows: i32) {
    let (ids, extra) = match table {
        "series" => ("task_id", ""),
        _ => ("reminder_id, task_id", "gen_random_uuid(), "),
    };
    let insert = format!(
        "INSERT INTO tasklog_process.{table} (tenant, {ids}, version, state, fires_at)
         SELECT 'default', {extra}gen_random_uuid(), 1, '{{}}', now() + n * interval '1 second' FROM generate_series(1, {rows}) n"
    );
    sqlx::query(&insert).execute(&world.pool).await.unwrap();
    sqlx::query(&format!("ANALYZE tasklog_process.{table}")).execute(&world.pool).await.unwrap();
}

async fn plan(world: &World, statement: &str) -> String {
    let lines: Vec<String> = sqlx::query_scalar(&format!("EXPLAIN {statement}")).fetch_all(&world.pool).await.unwrap();
    lines.join("\n")
}

#[tokio::test]
async fn given_many_rows_that_wait_when_the_clock_looks_then_it_reads_an_index() {
    let world = World::new().await;
    for table in ["series", "reminders"] {
        waiting(&world, table, 50_000).await;
        let id = if table == "series" { "task_id" } else { "reminder_id" };
        for statement in [
            format!(
                "WITH due AS MATERIALIZED (
                     SELECT tenant AS of, {id} AS id FROM tasklog_process.{table}
                     WHERE fires_at <= now() AND (taken_until IS NULL OR taken_until NOT BETWEEN now() AND now() + interval '1 minute')
                     ORDER BY fires_at LIMIT 500 FOR UPDATE SKIP LOCKED
                 )
                 UPDATE tasklog_process.{table} SET taken_until = now() + interval '10 seconds'
                 FROM due WHERE tenant = due.of AND {id} = due.id
                 RETURNING *"
            ),
            format!("SELECT min(fires_at) FROM tasklog_process.{table} WHERE fires_at IS NOT NULL"),
        ] {
            let plan = plan(&world, &statement).await;
            assert!(plan.contains(&format!("{table}_fires_at")), "{statement}\n{plan}");
            assert!(!plan.contains("Seq Scan"), "{statement}\n{plan}");
        }
    }
}
