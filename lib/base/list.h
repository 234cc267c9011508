/*
 * list.h - doubly linked list whose links live inside the items.
 *
 * Ownership: the list owns nothing; an item is in at most one list per link.
 * Threads:   no locking; one owner at a time.
 * Errors:    none; nothing here allocates.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/mem.h"

/* Both the head of a list and the link inside an item. */
struct list {
	struct list *prev, *next;
};

#define LIST_INIT(head) { &(head), &(head) }
#define LIST_ENTRY(link, T, member) CONTAINER_OF(link, T, member)

/* Visits each item; the body must not remove it. */
#define LIST_EACH(item, head, T, member) \
	for (T *item = LIST_ENTRY((head)->next, T, member); &item->member != (head); \
	     item = LIST_ENTRY(item->member.next, T, member))
/* The same, and the body may remove or free the item it is given. */
#define LIST_EACH_SAFE(item, head, T, member) \
	for (T *item = LIST_ENTRY((head)->next, T, member), \
	       *item##_next = LIST_ENTRY(item->member.next, T, member); \
	     &item->member != (head); \
	     item = item##_next, item##_next = LIST_ENTRY(item->member.next, T, member))
/* The first or last item, NULL when the list is empty. */
#define LIST_FIRST(head, T, member) \
	(list_empty(head) ? NULL : LIST_ENTRY((head)->next, T, member))
#define LIST_LAST(head, T, member) \
	(list_empty(head) ? NULL : LIST_ENTRY((head)->prev, T, member))

/* Makes an empty list, or an item's link that is in no list. */
static inline void list_init(struct list *l)
{
	l->prev = l->next = l;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

/* Puts `item` before `at`; before the head is the end of the list. */
static inline void list_insert(struct list *at, struct list *item)
{
	item->prev = at->prev;
	item->next = at;
	at->prev->next = item;
	at->prev = item;
}

static inline void list_push(struct list *head, struct list *item) /* at the end */
{
	list_insert(head, item);
}

static inline void list_unshift(struct list *head, struct list *item) /* at the start */
{
	list_insert(head->next, item);
}

/* Takes an item out of whatever list it is in; removing it twice does nothing. */
static inline void list_remove(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

#endif
