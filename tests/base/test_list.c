#include "base/list.h"

#include "../check.h"

struct item {
	int n;
	struct list link;
};

static void test_list_keeps_the_order_of_pushing(void **state)
{
	struct list head = LIST_INIT(head);
	struct item items[4];
	assert_null(LIST_FIRST(&head, struct item, link));
	for (int i = 0; i < 3; i++) {
		items[i].n = i + 1;
		list_push(&head, &items[i].link);
	}
	items[3].n = 0;
	list_unshift(&head, &items[3].link);
	int want = 0;
	LIST_EACH(it, &head, struct item, link)
		assert_int_equal(it->n, want++);
	assert_int_equal(want, 4);
	assert_int_equal(LIST_FIRST(&head, struct item, link)->n, 0);
	assert_int_equal(LIST_LAST(&head, struct item, link)->n, 3);
}

static void test_list_items_can_be_removed_while_visiting(void **state)
{
	struct list head = LIST_INIT(head);
	struct item items[6];
	for (int i = 0; i < 6; i++) {
		items[i].n = i;
		list_push(&head, &items[i].link);
	}
	LIST_EACH_SAFE(it, &head, struct item, link)
		if (it->n % 2 == 0)
			list_remove(&it->link);
	int sum = 0;
	LIST_EACH(it, &head, struct item, link)
		sum += it->n;
	assert_int_equal(sum, 1 + 3 + 5);
	list_remove(&items[1].link);
	list_remove(&items[1].link); /* a second time does nothing */
	assert_int_equal(LIST_FIRST(&head, struct item, link)->n, 3);
	assert_int_equal(LIST_LAST(&head, struct item, link)->n, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_keeps_the_order_of_pushing),
		cmocka_unit_test(test_list_items_can_be_removed_while_visiting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
