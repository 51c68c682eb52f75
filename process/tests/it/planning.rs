//! A look for what is due reads what is due, and nothing else, however much waits.

use process::plans::{self, Plan};

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

/// Deliveries that wait for their next attempt.
async fn waiting_deliveries(world: &World, rows: i32) {
    let fill = format!(
        "INSERT INTO tasklog_process.deliveries (id, tenant, reminder_id, event_id, event, task, channel_id, channel, due_at)
         SELECT gen_random_uuid(), 'default', gen_random_uuid(), n, '{{}}', '{{}}', gen_random_uuid(), 'webhook',
             now() + n * interval '1 second'
         FROM generate_series(1, {rows}) n"
    );
    for statement in [fill.as_str(), "ANALYZE tasklog_process.deliveries"] {
        sqlx::query(statement).execute(&world.pool).await.unwrap();
    }
}

#[tokio::test]
async fn given_many_rows_that_wait_when_the_clocks_look_then_they_read_indexes() {
    let world = World::new().await;
    for table in ["series", "reminders"] {
        waiting(&world, table, 50_000).await;
    }
    waiting_deliveries(&world, 50_000).await;
    let now = sqlx::query_scalar("SELECT now()").fetch_one(&world.pool).await.unwrap();
    let mut connection = world.pool.acquire().await.unwrap();
    let plans = plans::of_clocks(&mut connection, now).await.unwrap();
    let indexes =
        [("recurrence", "series_fires_at"), ("reminders", "reminders_fires_at"), ("notify", "deliveries_due_at")];
    for (manager, index) in indexes {
        let of: Vec<&Plan> = plans.iter().filter(|plan| plan.manager == manager).collect();
        assert_eq!(of.len(), 2, "what is taken, and when the next one is due");
        for Plan { statement, plan, .. } in of {
            assert!(plan.contains(index), "{statement}\n{plan}");
            assert!(!plan.contains("Seq Scan"), "{statement}\n{plan}");
        }
    }
    let takes_what_was_written_later = plans.iter().filter(|plan| plan.plan.contains("deliveries_waits_since"));
    assert_eq!(takes_what_was_written_later.count(), 1, "{plans:#?}");
}

#[tokio::test]
async fn given_many_renames_and_their_tasks_when_they_are_looked_for_then_it_reads_an_index() {
    let world = World::new().await;
    let of = "'00000000-0000-0000-0000-000000000007'";
    for fill in [
        "INSERT INTO tasklog_process.tag_renames (id, tenant, from_tag, to_tag, status, created_at, due_at)
         SELECT CASE WHEN n = 7 THEN '00000000-0000-0000-0000-000000000007' ELSE gen_random_uuid() END, 'default', 'old', 'new',
             CASE WHEN n < 10 THEN 'running' ELSE 'done' END, now() + n * interval '1 second', CASE WHEN n < 10 THEN now() END
         FROM generate_series(1, 50000) n",
        "INSERT INTO tasklog_process.tag_rename_tasks (rename_id, task_id, outcome)
         SELECT '00000000-0000-0000-0000-000000000007', gen_random_uuid(), CASE WHEN n > 1000 THEN 'changed' END
         FROM generate_series(1, 50000) n",
        "ANALYZE tasklog_process.tag_renames, tasklog_process.tag_rename_tasks",
    ] {
        sqlx::query(fill).execute(&world.pool).await.unwrap();
    }
    for (index, statement) in [
        (
            "tag_renames_due_at",
            "SELECT id FROM tasklog_process.tag_renames WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED".to_owned(),
        ),
        ("tag_renames_due_at", "SELECT min(due_at) FROM tasklog_process.tag_renames WHERE due_at IS NOT NULL".to_owned()),
        (
            "tag_renames_by_time",
            format!(
                "SELECT * FROM tasklog_process.tag_renames WHERE tenant = 'default' AND (created_at, id) < (now() + interval '1 hour', {of})
                 ORDER BY created_at DESC, id DESC LIMIT 51"
            ),
        ),
        (
            "tag_rename_tasks_open",
            format!(
                "SELECT task_id FROM tasklog_process.tag_rename_tasks WHERE rename_id = {of} AND outcome IS NULL ORDER BY task_id LIMIT 500"
            ),
        ),
    ] {
        let plan = plan(&world, &statement).await;
        assert!(plan.contains(index), "{statement}\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{statement}\n{plan}");
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

#[tokio::test]
async fn given_much_that_waits_when_operators_look_then_only_so_much_of_an_index_is_read() {
    let world = World::new().await;
    for table in ["series", "reminders"] {
        waiting(&world, table, 50_000).await;
    }
    waiting_deliveries(&world, 50_000).await;
    let renames = "INSERT INTO tasklog_process.tag_renames (id, tenant, from_tag, to_tag, status, created_at, due_at)
         SELECT gen_random_uuid(), 'default', 'old', 'new', 'running', now(), now() + n * interval '1 second' FROM generate_series(1, 50000) n";
    for fill in [renames, "ANALYZE tasklog_process.tag_renames"] {
        sqlx::query(fill).execute(&world.pool).await.unwrap();
    }
    for (table, time) in
        [("series", "fires_at"), ("reminders", "fires_at"), ("deliveries", "due_at"), ("tag_renames", "due_at")]
    {
        let count = |which: &str| {
            format!(
                "SELECT count(*) FROM (SELECT FROM tasklog_process.{table} WHERE {time} {which} ORDER BY {time} LIMIT 10000) w"
            )
        };
        for statement in [
            count("IS NOT NULL"),
            count("<= now() + interval '10 hours'"),
            format!("SELECT min({time}) FROM tasklog_process.{table} WHERE {time} <= now() + interval '10 hours'"),
            format!("SELECT min({time}) FROM tasklog_process.{table} WHERE {time} > now()"),
        ] {
            let plan = plan(&world, &statement).await;
            assert!(plan.contains(&format!("{table}_{time}")), "{statement}\n{plan}");
            assert!(!plan.contains("Seq Scan") && !plan.contains("Sort"), "{statement}\n{plan}");
        }
    }
}

#[tokio::test]
async fn given_many_deliveries_when_those_in_trouble_are_looked_for_then_the_index_of_each_trouble_is_read() {
    let world = World::new().await;
    let fill = "INSERT INTO tasklog_process.deliveries
             (id, tenant, reminder_id, event_id, event, task, channel_id, channel, attempts, outcome, created_at)
         SELECT gen_random_uuid(), 'default', gen_random_uuid(), n, '{}', '{}', gen_random_uuid(), 'webhook', 1,
             CASE WHEN n % 100 = 0 THEN NULL WHEN n % 100 < 10 THEN 'failed' ELSE 'delivered' END, now() - n * interval '1 second'
         FROM generate_series(1, 50000) n";
    for statement in [fill, "ANALYZE tasklog_process.deliveries"] {
        sqlx::query(statement).execute(&world.pool).await.unwrap();
    }
    let of = |condition: &str| {
        format!(
            "(SELECT * FROM tasklog_process.deliveries
              WHERE tenant = 'default' AND {condition} AND (created_at, id) < (now(), 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
              ORDER BY created_at DESC, id DESC LIMIT 51)"
        )
    };
    let statement = format!(
        "SELECT * FROM ({} UNION ALL {}) d ORDER BY created_at DESC, id DESC LIMIT 51",
        of("true AND outcome IS NULL AND attempts > 0"),
        of("true AND outcome = 'failed'")
    );
    let plan = plan(&world, &statement).await;
    for index in ["deliveries_failing", "deliveries_failed"] {
        assert!(plan.contains(index), "{plan}");
    }
    assert!(!plan.contains("Seq Scan"), "{plan}");
}
