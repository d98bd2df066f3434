/** Repeats an event's type outside of it, under the name that CloudEvents' Kafka binding gives it. */
export const TYPE_HEADER = "ce_type";
