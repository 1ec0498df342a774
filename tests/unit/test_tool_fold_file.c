/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "fold_file.h"
#include "fold_lock.h"
#include "folder.h"
#include "test.h"

/*! \brief A user that owns nothing here. */
#define NOBODY 65534

static hm_error_t error;
static hm_fold_file_t file;

/*! \brief Path of a file in a folder of its own, which is made. */
static const char *place(const char *name)
{
	static char paths[4][600];
	static unsigned next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof(paths[0]), "%s", path_of("folder"));
	(void)mkdir(path, 0700);
	snprintf(path + strlen(path), sizeof(paths[0]) - strlen(path), "/%s", name);
	return path;
}

static void write_at(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void assert_text(const char *path, const char *want)
{
	char got[1024];
	int fd = open(path, O_RDONLY | O_NOFOLLOW);
	assert_true(fd >= 0);
	ssize_t len = read(fd, got, sizeof(got) - 1);
	assert_true(len >= 0);
	got[len] = '\0';
	assert_string_equal(got, want);
	close(fd);
}

static bool is_there(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

static int setup(void **state)
{
	static const char *const names[] = {
		"hosted", "hosted.fold-new", "hosted.fold-base", "hosted.fold-state",
		"hosted.fold-state.fold-new", "other", "knot.sock", "knot.sock.fold",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)unlink(place(names[i]));
		(void)rmdir(place(names[i]));
	}
	(void)unlink(path_of("way"));
	write_at(place("hosted"), "a.test\n", 0640);
	return 0;
}

/*! \brief A plan with one new domain. */
static const hm_fold_plan_t *plan(const char *name)
{
	static hm_flags_node_t node;
	static hm_fold_step_t step;
	static hm_fold_plan_t one = { .steps = &step, .count = 1 };
	static char line[64];
	node.name = (knot_dname_t *)dname(name);
	snprintf(line, sizeof(line), "%s", name);
	step = (hm_fold_step_t){ .node = &node, .action = HM_FOLD_LINE, .line = line };
	return &one;
}

/*! \brief Open, write and replace. */
static void fold(const char *name, uint64_t before, uint64_t after)
{
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EOK);
	assert_int_equal(hm_fold_file_write(&file, plan(name), &error), KNOT_EOK);
	assert_int_equal(hm_fold_file_replace(&file, before, after, &error), KNOT_EOK);
}

static void the_old_file_stays_until_all_is_settled(void **state)
{
	fold("b.test", 1, 2);
	assert_text(place("hosted"), "a.test\nb.test\n");
	assert_text(place("hosted.fold-base"), "a.test\n");
	assert_text(place("hosted.fold-state"), "1\n2\n");
	assert_int_equal(hm_fold_file_settle(&file, false, &error), KNOT_EOK);
	hm_fold_file_close(&file);
	assert_false(is_there(place("hosted.fold-base")));
	assert_false(is_there(place("hosted.fold-state")));
	assert_false(is_there(place("hosted.fold-new")));
}

static void an_interrupted_run_is_repeated_from_the_base(void **state)
{
	fold("b.test", 1, 2);
	hm_fold_file_close(&file);
	fold("c.test", 2, 3);
	assert_text(place("hosted"), "a.test\nc.test\n");
	assert_text(place("hosted.fold-base"), "a.test\n");
	for (uint64_t digest = 0; digest < 5; digest++) {
		assert_int_equal(hm_fold_file_knows(&file, digest), digest >= 1 && digest <= 3);
	}
	hm_fold_file_close(&file);
}

static void what_is_only_looked_at_is_not_changed(void **state)
{
	fold("b.test", 1, 2);
	assert_int_equal(hm_fold_file_settle(&file, true, &error), KNOT_EOK);
	assert_int_equal(hm_fold_file_source(&file), file.fd);
	hm_fold_file_close(&file);
	assert_text(place("hosted.fold-base"), "a.test\n");
}

static void a_file_that_is_written_but_not_used_goes(void **state)
{
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EOK);
	assert_int_equal(hm_fold_file_write(&file, plan("b.test"), &error), KNOT_EOK);
	assert_true(is_there(place("hosted.fold-new")));
	hm_fold_file_close(&file);
	assert_false(is_there(place("hosted.fold-new")));
	assert_text(place("hosted"), "a.test\n");
}

static void two_do_not_meet(void **state)
{
	hm_fold_file_t other;
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EOK);
	assert_int_equal(hm_fold_file_open(place("hosted"), &other, &error), KNOT_EBUSY);
	hm_fold_file_close(&other);
	hm_fold_file_close(&file);
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EOK);
	hm_fold_file_close(&file);
}

static void a_file_that_is_replaced_meanwhile_is_left_alone(void **state)
{
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EOK);
	assert_int_equal(hm_fold_file_write(&file, plan("b.test"), &error), KNOT_EOK);
	write_at(place("other"), "panel.test\n", 0640);
	assert_int_equal(rename(place("other"), place("hosted")), 0);
	assert_int_equal(hm_fold_file_replace(&file, 1, 2, &error), KNOT_EFILE);
	assert_non_null(strstr(error.text, "was replaced"));
	hm_fold_file_close(&file);
	assert_text(place("hosted"), "panel.test\n");
	assert_false(is_there(place("hosted.fold-base")));
}

static void a_file_that_is_written_to_meanwhile_is_left_alone(void **state)
{
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EOK);
	int fd = open(place("hosted"), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "x.test\n", 7), 7);
	close(fd);
	assert_int_equal(hm_fold_file_write(&file, plan("b.test"), &error), KNOT_EFILE);
	assert_non_null(strstr(error.text, "was changed"));
	hm_fold_file_close(&file);
	assert_text(place("hosted"), "a.test\nx.test\n");
}

/*! \brief The new file has the mode of the old one, whatever the umask, and never a wider one. */
static void the_mode_is_that_of_the_old_file(void **state)
{
	static const mode_t modes[] = { 0600, 0640, 0644, 0660, 0400 };
	mode_t before = umask(0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		umask((i % 2 == 0) ? 0 : 0777);
		setup(state);
		assert_int_equal(chmod(place("hosted"), modes[i]), 0);
		if (modes[i] == 0400 && geteuid() != 0) {
			continue;
		}
		fold("b.test", 1, 2);
		static const char *const names[] = { "hosted", "hosted.fold-state" };
		for (size_t n = 0; n < 2; n++) {
			struct stat st;
			assert_int_equal(stat(place(names[n]), &st), 0);
			assert_int_equal(st.st_mode & 07777, modes[i]);
		}
		hm_fold_file_close(&file);
	}
	umask(before);
}

static void bits_that_make_programs_are_not_kept(void **state)
{
	assert_int_equal(chmod(place("hosted"), 06755), 0);
	fold("b.test", 1, 2);
	struct stat st;
	assert_int_equal(fstat(file.fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	hm_fold_file_close(&file);
}

static void the_owner_is_that_of_the_old_file(void **state)
{
	if (geteuid() != 0) {
		skip();
	}
	assert_int_equal(chown(place("hosted"), NOBODY, NOBODY - 1), 0);
	assert_int_equal(chmod(place("hosted"), 0640), 0);
	fold("b.test", 1, 2);
	struct stat st;
	assert_int_equal(fstat(file.fd, &st), 0);
	assert_int_equal(st.st_uid, NOBODY);
	assert_int_equal(st.st_gid, NOBODY - 1);
	hm_fold_file_close(&file);
}

static void a_file_of_somebody_else_is_refused(void **state)
{
	if (geteuid() != 0) {
		skip();
	}
	assert_int_equal(chmod(place("hosted"), 0644), 0);
	assert_int_equal(chmod(path_of("folder"), 0777), 0);
	char parent[600];
	snprintf(parent, sizeof(parent), "%s/..", path_of("folder"));
	assert_int_equal(chmod(parent, 0755), 0);
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EOK);
	assert_int_equal(seteuid(NOBODY), 0);
	int ret = hm_fold_file_write(&file, plan("b.test"), &error);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(ret, KNOT_EFILE);
	assert_non_null(strstr(error.text, "user 0 and group"));
	hm_fold_file_close(&file);
	assert_false(is_there(place("hosted.fold-new")));
	assert_int_equal(chmod(path_of("folder"), 0700), 0);
}

static void a_link_in_the_place_of_a_file_is_not_followed(void **state)
{
	static const char *const names[] = {
		"hosted.fold-new", "hosted.fold-state", "hosted.fold-state.fold-new",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		setup(state);
		write_at(place("other"), "precious\n", 0600);
		assert_int_equal(symlink(place("other"), place(names[i])), 0);
		fold("b.test", 1, 2);
		assert_text(place("other"), "precious\n");
		assert_text(place("hosted"), "a.test\nb.test\n");
		hm_fold_file_close(&file);
	}
	setup(state);
	assert_int_equal(symlink(place("other"), place("hosted.fold-base")), 0);
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EFILE);
	assert_non_null(strstr(error.text, "is a symbolic link"));
	hm_fold_file_close(&file);
}

static void a_hosted_file_that_is_a_link_is_refused(void **state)
{
	assert_int_equal(rename(place("hosted"), place("other")), 0);
	assert_int_equal(symlink("other", place("hosted")), 0);
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EFILE);
	assert_non_null(strstr(error.text, "is a symbolic link; name the file that it leads to"));
	hm_fold_file_close(&file);
}

static void what_is_no_file_is_refused(void **state)
{
	assert_int_equal(unlink(place("hosted")), 0);
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_ENOENT);
	hm_fold_file_close(&file);
	assert_int_equal(mkfifo(place("hosted"), 0600), 0);
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EFILE);
	assert_non_null(strstr(error.text, "is not a regular file"));
	hm_fold_file_close(&file);
	setup(state);
	assert_int_equal(mkfifo(place("hosted.fold-base"), 0600), 0);
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EFILE);
	hm_fold_file_close(&file);
	setup(state);
	assert_int_equal(mkdir(place("hosted.fold-new"), 0700), 0);
	assert_int_equal(hm_fold_file_open(place("hosted"), &file, &error), KNOT_EOK);
	assert_int_equal(hm_fold_file_write(&file, plan("b.test"), &error), KNOT_EFILE);
	assert_non_null(strstr(error.text, "is in the way"));
	hm_fold_file_close(&file);
}

/*! \brief Open a file through a link to its folder. */
static int open_by_link(const char *target, uid_t owner)
{
	(void)unlink(path_of("way"));
	assert_int_equal(symlink(target, path_of("way")), 0);
	assert_int_equal(lchown(path_of("way"), owner, owner), 0);
	char path[600];
	snprintf(path, sizeof(path), "%s//./hosted", path_of("way"));
	int ret = hm_fold_file_open(path, &file, &error);
	hm_fold_file_close(&file);
	return ret;
}

static void a_link_to_the_folder_is_followed_if_it_is_ours(void **state)
{
	assert_int_equal(open_by_link("folder", geteuid()), KNOT_EOK);
	assert_int_equal(open_by_link("folder/../folder/.", geteuid()), KNOT_EOK);
	assert_int_equal(open_by_link(path_of("folder"), geteuid()), KNOT_EOK);
	assert_int_equal(open_by_link("way", geteuid()), KNOT_EFILE);
	assert_int_equal(open_by_link("nowhere", geteuid()), KNOT_EFILE);
	assert_int_equal(open_by_link("folder/hosted", geteuid()), KNOT_EFILE);
	if (geteuid() == 0) {
		assert_int_equal(open_by_link("folder", NOBODY), KNOT_EDENIED);
		assert_non_null(strstr(error.text, "belongs to another user"));
	}
}

static void a_file_needs_no_folder_in_its_path(void **state)
{
	char before[600];
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(path_of("folder")), 0);
	assert_int_equal(hm_fold_file_open("hosted", &file, &error), KNOT_EOK);
	hm_fold_file_close(&file);
	assert_int_equal(chdir(before), 0);
}

static void a_mark_tells_which_transaction_was_left(void **state)
{
	int lock, other;
	write_at(place("knot.sock"), "", 0600);
	assert_int_equal(hm_fold_lock(place("knot.sock"), &lock, &error), KNOT_EOK);
	assert_int_equal(hm_fold_lock(place("knot.sock"), &other, &error), KNOT_EBUSY);
	assert_false(hm_fold_lock_is_marked(lock, dname("hosted.")));
	hm_fold_lock_mark(lock, dname("hosted."));
	close(lock);
	assert_int_equal(hm_fold_lock(place("knot.sock"), &lock, &error), KNOT_EOK);
	assert_true(hm_fold_lock_is_marked(lock, dname("hosted.")));
	assert_false(hm_fold_lock_is_marked(lock, dname("bulk.")));
	hm_fold_lock_mark(lock, dname("b."));
	assert_false(hm_fold_lock_is_marked(lock, dname("hosted.")));
	assert_true(hm_fold_lock_is_marked(lock, dname("b.")));
	hm_fold_lock_mark(lock, NULL);
	assert_false(hm_fold_lock_is_marked(lock, dname("b.")));
	close(lock);
}

static void the_lock_is_no_file_of_anything_else(void **state)
{
	int lock;
	write_at(place("knot.sock"), "", 0600);
	write_at(place("other"), "precious\n", 0600);
	assert_int_equal(symlink(place("other"), place("knot.sock.fold")), 0);
	assert_int_equal(hm_fold_lock(place("knot.sock"), &lock, &error), KNOT_EFILE);
	assert_int_equal(unlink(place("knot.sock.fold")), 0);
	assert_int_equal(link(place("other"), place("knot.sock.fold")), 0);
	assert_int_equal(hm_fold_lock(place("knot.sock"), &lock, &error), KNOT_EFILE);
	assert_int_equal(unlink(place("knot.sock.fold")), 0);
	assert_int_equal(mkfifo(place("knot.sock.fold"), 0600), 0);
	assert_int_equal(hm_fold_lock(place("knot.sock"), &lock, &error), KNOT_EFILE);
	assert_text(place("other"), "precious\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_old_file_stays_until_all_is_settled, setup),
		cmocka_unit_test_setup(an_interrupted_run_is_repeated_from_the_base, setup),
		cmocka_unit_test_setup(what_is_only_looked_at_is_not_changed, setup),
		cmocka_unit_test_setup(a_file_that_is_written_but_not_used_goes, setup),
		cmocka_unit_test_setup(two_do_not_meet, setup),
		cmocka_unit_test_setup(a_file_that_is_replaced_meanwhile_is_left_alone, setup),
		cmocka_unit_test_setup(a_file_that_is_written_to_meanwhile_is_left_alone, setup),
		cmocka_unit_test_setup(the_mode_is_that_of_the_old_file, setup),
		cmocka_unit_test_setup(bits_that_make_programs_are_not_kept, setup),
		cmocka_unit_test_setup(the_owner_is_that_of_the_old_file, setup),
		cmocka_unit_test_setup(a_file_of_somebody_else_is_refused, setup),
		cmocka_unit_test_setup(a_link_in_the_place_of_a_file_is_not_followed, setup),
		cmocka_unit_test_setup(a_hosted_file_that_is_a_link_is_refused, setup),
		cmocka_unit_test_setup(what_is_no_file_is_refused, setup),
		cmocka_unit_test_setup(a_link_to_the_folder_is_followed_if_it_is_ours, setup),
		cmocka_unit_test_setup(a_file_needs_no_folder_in_its_path, setup),
		cmocka_unit_test_setup(a_mark_tells_which_transaction_was_left, setup),
		cmocka_unit_test_setup(the_lock_is_no_file_of_anything_else, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
