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
        for statement in [
            format!(
                "SELECT * FROM tasklog_process.{table} WHERE fires_at <= now() ORDER BY fires_at LIMIT 500 FOR UPDATE SKIP LOCKED"
            ),
            format!("SELECT min(fires_at) FROM tasklog_process.{table} WHERE fires_at IS NOT NULL"),
        ] {
            let plan = plan(&world, &statement).await;
            assert!(plan.contains(&format!("{table}_fires_at")), "{statement}\n{plan}");
            assert!(!plan.contains("Seq Scan"), "{statement}\n{plan}");
        }
    }
}

#[tokio::test]
async fn given_many_tasks_that_are_parts_of_others_when_those_of_a_few_are_looked_for_then_an_index_is_read() {
    let world = World::new().await;
    let fill = "INSERT INTO tasklog_process.subtasks (tenant, task_id, parent_id, version)
        SELECT 'default', gen_random_uuid(), ('01980000-0000-7000-8000-' || lpad(to_hex(n / 5), 12, '0'))::uuid, 1
        FROM generate_series(1, 50000) n";
    for statement in [fill, "ANALYZE tasklog_process.subtasks"] {
        sqlx::query(statement).execute(&world.pool).await.unwrap();
    }
    let below = "SELECT tenant, task_id, parent_id, version FROM tasklog_process.subtasks
        JOIN UNNEST('{default,default}'::text[], ARRAY['01980000-0000-7000-8000-00000000000a', '01980000-0000-7000-8000-00000000000b']::uuid[])
            AS wanted(tenant, parent_id) USING (tenant, parent_id)
        ORDER BY tenant, parent_id, task_id";
    let plan = plan(&world, below).await;
    assert!(plan.contains("subtasks_of_parent") && !plan.contains("Seq Scan on subtasks"), "{plan}");
}
