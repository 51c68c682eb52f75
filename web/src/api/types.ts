/** The names of the contract, as the rest of the page uses them. */
import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type Task = Schemas['Task'];
export type TaskItem = Schemas['TaskItem'];
export type TaskPage = Schemas['TaskPage'];
export type NewTask = Schemas['NewTask'];
export type TaskPatch = Schemas['TaskPatch'];
export type QuickTask = Schemas['QuickTask'];
export type QuickPart = Schemas['Part'];
export type Status = Schemas['Status'];
export type Priority = Schemas['Priority'];
export type Highlights = Schemas['Highlights'];
export type TagCount = Schemas['TagCount'];
export type Filter = Schemas['Filter'];
export type SavedQuery = Schemas['SavedQuery'];
export type Occurrences = Schemas['Occurrences'];
export type ParsedQuickTask = Schemas['ParsedQuickTask'];
export type Part = Schemas['Part'];
export type PreviewedRecurrence = Schemas['PreviewedRecurrence'];
export type Recurrence = Schemas['Recurrence'];
export type HistoryItem = Schemas['HistoryItem'];
export type Reminder = Schemas['Reminder'];
export type ReminderTime = Schemas['ReminderTime'];
export type Snooze = Schemas['Snooze'];
export type Operation = Schemas['Operation'];
export type OperationResult = Schemas['OperationResult'];
export type ImportReport = Schemas['ImportReport'];
export type LineResult = Schemas['LineResult'];
export type Projection = Schemas['Projection'];
export type Rebuild = Schemas['Rebuild'];
export type DeadLetter = Schemas['DeadLetter'];
export type Timer = Schemas['Timer'];
export type TroubledDelivery = Schemas['TroubledDelivery'];
export type DeliveryTrouble = Schemas['DeliveryTrouble'];
export type Problem = Schemas['Problem'];
export type FieldError = Schemas['FieldError'];

/** The parameters of `GET /tasks`. */
export type ListParameters = NonNullable<operations['list_tasks']['parameters']['query']>;
