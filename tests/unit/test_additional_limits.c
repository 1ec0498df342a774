/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "additional_common.h"

static void records_that_do_not_fit_are_left_out_without_tc(void **state)
{
	begin_response(common_profile, common_zone);
	serve("toprof.d.test.", KNOT_RRTYPE_MX, true);
	size_t size = ask.resp->size;
	for (size_t room = 0; room <= 16 + 28; room++) {
		ask.max_size = size + room;
		serve("toprof.d.test.", KNOT_RRTYPE_MX, true);
		assert_added((room < 16) ? "" : (room < 44) ? "p.d.test. 300 A 192.0.2.1\n" :
		             "p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	}
	end_response();
}

static void glue_that_does_not_fit_truncates_a_referral(void **state)
{
	begin_response(APEX "p A 192.0.2.1\n",
	               ZONE_APEX "sub NS p\nsub NS a.sub\na.sub A 198.51.100.1\n"
	               "@ NS a.sub\n");
	for (int room = 0; room < 33; room++) {
		refer("x.sub.d.test.", "sub.d.test.", true);
		ask.max_size = ask.resp->size + room;
		refer("x.sub.d.test.", "sub.d.test.", true);
		assert_true(take_links());
		assert_int_equal(add_records(), KNOT_EOK);
		assert_int_equal(knot_wire_get_tc(ask.resp->wire) != 0, room < 16);
		ask.max_size = KNOT_WIRE_MAX_PKTSIZE;
	}
	// An answer has no need of it.
	serve("d.test.", KNOT_RRTYPE_NS, true);
	ask.max_size = ask.resp->size;
	serve("d.test.", KNOT_RRTYPE_NS, false);
	assert_added("");
	end_response();
}

static void a_smaller_record_behind_one_that_does_not_fit_is_added(void **state)
{
	begin_response(APEX "six AAAA 2001:db8::1\nfour A 192.0.2.1\n",
	               ZONE_APEX "@ MX 1 six\n@ MX 2 four\nmore MX 1 four\n");
	serve("d.test.", KNOT_RRTYPE_MX, true);
	ask.max_size = ask.resp->size + 27;
	serve("d.test.", KNOT_RRTYPE_MX, true);
	assert_added("four.d.test. 300 A 192.0.2.1\n");
	end_response();
}

static void the_rrset_whose_last_record_does_not_fit_is_the_last(void **state)
{
	begin_response(APEX "six AAAA 2001:db8::1\nfour A 192.0.2.1\n",
	               ZONE_APEX "one MX 1 six\ntwo MX 1 four\n");
	for (int room = 0; room < 2; room++) {
		ask.max_size = KNOT_WIRE_MAX_PKTSIZE;
		for (int again = 0; again < 2; again++) {
			prepare_response("one.d.test.", KNOT_RRTYPE_MX);
			put_of_zone("one.d.test.", KNOT_RRTYPE_MX, false);
			put_of_zone("two.d.test.", KNOT_RRTYPE_MX, false);
			ask.max_size = ask.resp->size + 27 + room;
		}
		assert_added(room ? "six.d.test. 300 AAAA 2001:db8::1\n" : "");
	}
	end_response();
}

static void a_record_that_cannot_be_expanded_is_an_error(void **state)
{
	begin_response(APEX "p SVCB 1 {first}.test.\np A 192.0.2.1\nq A 192.0.2.2\n",
	               ZONE_APEX "svcb SVCB 1 p\nsvcb SVCB 2 q\nsvcb SVCB 0 q\n");
	static uint8_t vars[HM_VARS_MAX];
	size_t len = 0;
	const char *reason;
	assert_int_equal(hm_vars_add("first=x..y", 10, vars, &len, &reason), KNOT_EOK);
	ask.domain.vars = vars;
	ask.domain.vars_len = len;
	serve("svcb.d.test.", KNOT_RRTYPE_SVCB, false);
	assert_int_equal(add_records(), KNOT_EMALF);
	end_response();
}

static void every_failing_allocation_is_an_error(void **state)
{
	char of_profile[4096] = APEX "svc SVCB 1 {first}.test.\n";
	char of_zone[4096] = ZONE_APEX "s SVCB 1 svc\n";
	for (unsigned i = 0; i < 20; i++) {
		sprintf(of_profile + strlen(of_profile), "m%u A 192.0.2.%u\n", i, i);
		sprintf(of_zone + strlen(of_zone), "@ MX %u m%u\n", i, i);
	}
	begin_response(of_profile, of_zone);
	for (int service = 0; service < 2; service++) {
		for (long count = 0; ; count++) {
			serve(service ? "s.d.test." : "d.test.",
			      service ? KNOT_RRTYPE_SVCB : KNOT_RRTYPE_MX, true);
			ask.pool.countdown = count;
			alloc_countdown = 0; // There is no other memory than that of the packet.
			hm_overlay_take_additional(&ask.question, ask.resp);
			int ret = add_records();
			alloc_countdown = -1;
			if (ret == KNOT_EOK) {
				assert_true(count >= (service ? 2 : 21));
				break;
			}
			assert_int_equal(ret, KNOT_ENOMEM);
		}
	}
	end_response();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_that_do_not_fit_are_left_out_without_tc),
		cmocka_unit_test(glue_that_does_not_fit_truncates_a_referral),
		cmocka_unit_test(a_smaller_record_behind_one_that_does_not_fit_is_added),
		cmocka_unit_test(the_rrset_whose_last_record_does_not_fit_is_the_last),
		cmocka_unit_test(a_record_that_cannot_be_expanded_is_an_error),
		cmocka_unit_test(every_failing_allocation_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
