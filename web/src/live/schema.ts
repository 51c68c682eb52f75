/**
 * The data of events by their types, and what these are made of. It is written by `npm run events`, with openapi-typescript, from
 * schemas/events/*.schema.json: do not change it by hand.
 */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * tasklog.reminder.cancelled.v1
         * @description It will not ring.
         */
        "tasklog.reminder.cancelled.v1": {
            /**
             * Format: date-time
             * @description When.
             */
            cancelled_at: string;
            /** @description Why. */
            reason: components["schemas"]["CancelReason"];
        };
        /** @description Why a reminder was cancelled. */
        CancelReason: "deleted" | "task_completed" | "task_deleted";
        /**
         * tasklog.reminder.delivery_failed.v1
         * @description It could not be sent.
         */
        "tasklog.reminder.delivery_failed.v1": {
            /** @description Why, for people. */
            detail: string;
            /**
             * Format: date-time
             * @description When it was given up.
             */
            failed_at: string;
        };
        /**
         * tasklog.reminder.rescheduled.v1
         * @description Another time, given by its owner or following from the task's due date, which ends a snooze; or, with the time that it had, another
         *     repetition.
         */
        "tasklog.reminder.rescheduled.v1": {
            /**
             * Format: date-time
             * @description The instant that makes.
             */
            remind_utc: string;
            /** @description How it rings again after that; left out: not at all. */
            repeat?: components["schemas"]["Repeat"];
            /**
             * Format: date-time
             * @description When it was changed.
             */
            rescheduled_at: string;
            /** @description When it is to ring, as people said it. */
            time: components["schemas"]["ReminderTime"];
        };
        /** @description When a reminder is to ring. */
        ReminderTime: {
            /**
             * @description What clocks in the zone show.
             * @example 2026-12-01T08:30:00
             */
            remind_at: string;
            /**
             * @description IANA name of the zone.
             * @example Europe/Berlin
             */
            time_zone: string;
        } | {
            /**
             * @description How long before; ISO 8601.
             * @example PT30M
             */
            before_due: string;
        };
        /** @description How a reminder rings again after it has rung, as `DURATION` and `REPEAT` of an iCalendar alarm do (RFC 5545 section 3.6.6). */
        Repeat: {
            /**
             * @description How long after each ring the next one comes; ISO 8601.
             * @example PT10M
             */
            every: string;
            /**
             * Format: uint32
             * @description How many rings come after the first.
             */
            times: number;
        };
        /**
         * tasklog.reminder.scheduled.v1
         * @description A new reminder.
         */
        "tasklog.reminder.scheduled.v1": {
            /**
             * Format: date-time
             * @description When it came to be.
             */
            created_at: string;
            /**
             * Format: uuid
             * @description Id of the reminder.
             */
            id: string;
            /**
             * Format: date-time
             * @description The instant that makes.
             */
            remind_utc: string;
            /** @description How it rings again after that. */
            repeat?: components["schemas"]["Repeat"];
            /**
             * Format: uuid
             * @description The task it reminds of.
             */
            task_id: string;
            /** @description When it is to ring, as people said it. */
            time: components["schemas"]["ReminderTime"];
        };
        /**
         * tasklog.reminder.sent.v1
         * @description It was sent.
         */
        "tasklog.reminder.sent.v1": {
            /**
             * Format: date-time
             * @description When.
             */
            sent_at: string;
        };
        /**
         * tasklog.reminder.snoozed.v1
         * @description It rings later.
         */
        "tasklog.reminder.snoozed.v1": {
            /**
             * Format: date-time
             * @description When it was snoozed.
             */
            snoozed_at: string;
            /**
             * Format: date-time
             * @description Rings then.
             */
            snoozed_until: string;
        };
        /**
         * tasklog.reminder.triggered.v1
         * @description Its time came.
         */
        "tasklog.reminder.triggered.v1": {
            /** @description It was noticed more than a minute too late. */
            late?: boolean;
            /**
             * Format: uint32
             * @description Which ring of its time it is, where it repeats. Those that passed unnoticed are counted, and do not ring.
             */
            ring?: number;
            /**
             * Format: date-time
             * @description When that was to be.
             */
            scheduled_for?: string;
            /** @description Many were late at the same time, and people are told of these by this one. */
            tells_of?: string[];
            /**
             * Format: uuid
             * @description Many were late at the same time, and people are told of this one by that reminder.
             */
            told_by?: string;
            /**
             * Format: date-time
             * @description When it was noticed.
             */
            triggered_at: string;
        };
        /**
         * tasklog.task.completed.v1
         * @description It was completed.
         */
        "tasklog.task.completed.v1": {
            /** @description Fields that changed in the same command, the status aside. */
            changes?: components["schemas"]["TaskChanges"];
            /**
             * Format: date-time
             * @description When.
             */
            completed_at: string;
            /**
             * Format: date-time
             * @description When that was said, where it was later: who undoes a reopening completes the task at the time it had been completed.
             */
            updated_at?: string;
        };
        /** @description When a task is due. The wall time is what people meant, so it is what is kept; the instant follows from the zone. */
        Due: {
            /**
             * Format: date
             * @description The day.
             */
            due_date: string;
        } | {
            /**
             * @description What clocks in the zone show.
             * @example 2026-12-01T09:00:00
             */
            due_at: string;
            /**
             * @description IANA name of the zone.
             * @example Europe/Berlin
             */
            time_zone: string;
        };
        /**
         * @description The fields in which those that follow differ from this one, as they have them. A field that is left out goes on to them as it is here.
         *
         *     The due date is not among them: when those that follow are due is said by the [`Occurrence`](super::Occurrence).
         */
        Following: {
            /** @description Their description. */
            description?: string;
            /** @description Their priority. */
            priority?: components["schemas"]["Priority"];
            /** @description Their tags, all of them. */
            tags?: string[];
            /** @description Their title. */
            title?: string;
        };
        /** @description What brings the next occurrence about. */
        Generate: "when_completed" | "when_due";
        /** @description What becomes of occurrences whose time passed unnoticed. */
        Missed: "keep" | "collapse";
        /** @description The place of a task in its series. */
        Occurrence: {
            /** @description When the rule has it due. A task that was moved by itself is due at another time, and those that follow do not care. */
            due: components["schemas"]["Due"];
            /**
             * Format: uint32
             * @description Which one of the series it is, from 1: what `COUNT` counts. Without `COUNT` nobody asks, and those that were passed over do not
             *     count.
             */
            number: number;
        };
        /** @description How much a task matters. */
        Priority: "none" | "low" | "medium" | "high" | "urgent";
        /** @description What the next occurrence counts from. */
        RecurFrom: "due" | "completion";
        /** @description How a task repeats. */
        Recurrence: {
            /**
             * @description What the next occurrence counts from.
             * @default due
             */
            from: components["schemas"]["RecurFrom"];
            /**
             * @description What brings the next occurrence about.
             * @default when_completed
             */
            generate: components["schemas"]["Generate"];
            /**
             * @description What becomes of missed occurrences.
             * @default collapse
             */
            missed: components["schemas"]["Missed"];
            /** @description RFC 5545 rule without `RRULE:`, checked, spelled as it was given. */
            rrule: string;
            /**
             * @description IANA name of the zone whose days count where tasks are due on whole days: when such a day begins, and which day it is when one is
             *     completed. Without it they are those of UTC. A wall time has a zone of its own.
             * @example Europe/Berlin
             */
            time_zone?: string | null;
        };
        /** @description Where the work on a task stands. */
        Status: "pending" | "in_progress" | "completed" | "cancelled";
        /** @description Only the fields that changed; a field left out stayed as it was, `null` means cleared. */
        TaskChanges: {
            /** @description New description; empty where it was cleared. */
            description?: string;
            /** @description New due, whole; `null` where it was cleared. */
            due?: components["schemas"]["Due"] | null;
            /**
             * @description Where this occurrence was changed for itself: all fields of which the following occurrences have something else from now on,
             *     and what they have. Where it is left out, the fields that changed go on to them as well.
             */
            following?: components["schemas"]["Following"];
            /** @description The place in the series that the following occurrences count from now on. */
            occurrence?: components["schemas"]["Occurrence"];
            /**
             * Format: uuid
             * @description The task that it is a part of from now on; `null` where it is a part of none.
             */
            parent_id?: string | null;
            /** @description New priority. */
            priority?: components["schemas"]["Priority"];
            /** @description New place among the tasks beside it; `null` where it was cleared. */
            rank?: string | null;
            /** @description New recurrence, whole; `null` where it was cleared. */
            recurrence_pattern?: components["schemas"]["Recurrence"] | null;
            /**
             * Format: uuid
             * @description The series it belongs to from now on; `null` where the change that began one was undone.
             */
            series_id?: string | null;
            /** @description New status. */
            status?: components["schemas"]["Status"];
            /** @description New tags, all of them. */
            tags?: string[];
            /** @description New title. */
            title?: string;
        };
        /**
         * tasklog.task.created.v1
         * @description All fields of a new task.
         */
        "tasklog.task.created.v1": {
            /**
             * Format: date-time
             * @description When it was completed, where it is.
             */
            completed_at: string | null;
            /**
             * Format: date-time
             * @description When it came to be; an import keeps the file's time.
             */
            created_at: string;
            /** @description Empty where there is none. */
            description: string;
            /** @description When it is due. */
            due: components["schemas"]["Due"] | null;
            /**
             * Format: uuid
             * @description The occurrence that it follows in the series.
             */
            follows?: string;
            /**
             * Format: uuid
             * @description Id of the task.
             */
            id: string;
            /** @description Its place in the series, where another occurrence went before it; the first one's follows from `due`. */
            occurrence?: components["schemas"]["Occurrence"];
            /**
             * Format: uuid
             * @description The task that it is a part of.
             */
            parent_id?: string;
            /** @description How much it matters. */
            priority: components["schemas"]["Priority"];
            /** @description Its place among the tasks beside it. */
            rank?: string;
            /** @description How it repeats. */
            recurrence_pattern: components["schemas"]["Recurrence"] | null;
            /**
             * Format: uuid
             * @description The series it belongs to.
             */
            series_id: string | null;
            /** @description Where the work stands. */
            status: components["schemas"]["Status"];
            /** @description No two the same. */
            tags: string[];
            /** @description One line. */
            title: string;
            /**
             * Format: date-time
             * @description When it last changed.
             */
            updated_at: string;
        };
        /**
         * tasklog.task.deleted.v1
         * @description It was deleted.
         */
        "tasklog.task.deleted.v1": {
            /**
             * Format: date-time
             * @description When.
             */
            deleted_at: string;
        };
        /**
         * tasklog.task.occurrence_skipped.v1
         * @description This occurrence was skipped.
         */
        "tasklog.task.occurrence_skipped.v1": {
            /** @description Fields that the skipped occurrence had for itself: the task has what the others of its series have. */
            changes?: components["schemas"]["TaskChanges"];
            /** @description When the task is due now. */
            next: components["schemas"]["Due"];
            /** @description The place in the series that the task has now. */
            occurrence?: components["schemas"]["Occurrence"];
            /** @description When the skipped occurrence was due. */
            skipped: components["schemas"]["Due"];
            /**
             * Format: date-time
             * @description When it was skipped.
             */
            skipped_at: string;
        };
        /**
         * tasklog.task.reopened.v1
         * @description It was completed and no longer is.
         */
        "tasklog.task.reopened.v1": {
            /** @description Fields that changed in the same command, the status aside. */
            changes?: components["schemas"]["TaskChanges"];
            /**
             * Format: date-time
             * @description When.
             */
            reopened_at: string;
            /** @description The status it has now. */
            status: components["schemas"]["Status"];
        };
        /**
         * tasklog.task.restored.v1
         * @description It was deleted and no longer is.
         */
        "tasklog.task.restored.v1": {
            /**
             * Format: date-time
             * @description When.
             */
            restored_at: string;
        };
        /**
         * tasklog.task.updated.v1
         * @description Fields changed and the status did not leave or reach `completed`.
         */
        "tasklog.task.updated.v1": {
            /** @description Only the fields that changed. */
            changes: components["schemas"]["TaskChanges"];
            /**
             * Format: date-time
             * @description When.
             */
            updated_at: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
