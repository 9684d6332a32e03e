/* test_posix_ask.c - questions at a pseudo-terminal: a child asks, the test is the person. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"
#include "os.h"

#define LINE "pass w\xC3\xB6rd"

/* The session's leader stays while its child asks: with its end the terminal ends. It tells the
 * child's number, then how it ended and whether the terminal echoes. */
typedef struct seat {
    int keys; /* the person's end */
    int tty;  /* the program's */
    int news;
    pid_t leader;
    pid_t asks;
} seat;

typedef struct outcome {
    int status;
    bool echo;
} outcome;

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

/* The program: exit code 0 when it read LINE; 1 when it was interrupted; else 2. */
static int ask(bool hidden)
{
    char line[TS_CONSOLE_LINE_MAX];
    bool end = false;
    ts_err *err = NULL;
    if (ts_console_line(hidden, line, &end, &err))
        return !end && strcmp(line, LINE) == 0 ? 0 : 2;
    return ts_err_code(err) == TS_CANCELLED && caught == SIGINT ? 1 : 2;
}

static bool echoes(int tty)
{
    struct termios mode;
    return tcgetattr(tty, &mode) == 0 && (mode.c_lflag & ECHO) != 0;
}

typedef void (*handler)(int);

static void lead(const seat *s, int news, bool hidden, handler on_interrupt)
{
    setsid();
    ioctl(s->tty, TIOCSCTTY, 0);
    dup2(s->tty, STDIN_FILENO);
    signal(SIGINT, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGINT, on_interrupt);
        _exit(ask(hidden));
    }
    outcome how = {0};
    bool ok = write(news, &pid, sizeof pid) == sizeof pid && waitpid(pid, &how.status, 0) == pid;
    how.echo = echoes(s->tty);
    ok = ok && write(news, &how, sizeof how) == sizeof how;
    pause(); /* what was shown is still to be read */
    _exit(ok ? 0 : 1);
}

static void sit_down(seat *s, bool hidden, handler on_interrupt)
{
    int news[2];
    s->keys = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(s->keys >= 0 && grantpt(s->keys) == 0 && unlockpt(s->keys) == 0);
    s->tty = open(ptsname(s->keys), O_RDWR | O_NOCTTY);
    assert_true(s->tty >= 0);
    assert_int_equal(pipe(news), 0);
    s->leader = fork();
    assert_true(s->leader >= 0);
    if (s->leader == 0)
        lead(s, news[1], hidden, on_interrupt);
    close(news[1]);
    s->news = news[0];
    assert_int_equal(read(s->news, &s->asks, sizeof s->asks), sizeof s->asks);
}

/* Until the program has switched the echo off; 10 s at most. */
static void wait_for_prompt(const seat *s)
{
    for (int i = 0; i < 1000 && echoes(s->tty); i++)
        usleep(10000);
    assert_false(echoes(s->tty));
}

static void type(const seat *s, const char *text)
{
    assert_int_equal(write(s->keys, text, strlen(text)), strlen(text));
}

/* Always with the echo on again. */
static void get_up(const seat *s, int *status, char shown[256])
{
    outcome how = {0};
    assert_int_equal(read(s->news, &how, sizeof how), sizeof how);
    int flags = fcntl(s->keys, F_GETFL);
    fcntl(s->keys, F_SETFL, flags | O_NONBLOCK);
    ssize_t n = read(s->keys, shown, 255);
    shown[n > 0 ? n : 0] = '\0';
    kill(s->leader, SIGKILL);
    waitpid(s->leader, NULL, 0);
    close(s->keys);
    close(s->tty);
    close(s->news);
    *status = how.status;
    assert_true(how.echo);
}

/* Asks, waits for the prompt when it is hidden, and types `keys`. */
static int ask_and_type(bool hidden, handler on_interrupt, const char *keys, char shown[256])
{
    seat s;
    int status = 0;
    sit_down(&s, hidden, on_interrupt);
    if (hidden)
        wait_for_prompt(&s);
    type(&s, keys);
    get_up(&s, &status, shown);
    return status;
}

static void assert_exit(int status, int code)
{
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), code);
}

static void assert_signal(int status, int number)
{
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
}

static void line_that_is_typed_is_read_and_shows(void **state)
{
    TS_UNUSED(state);
    char shown[256];
    assert_exit(ask_and_type(false, SIG_DFL, LINE "\n", shown), 0);
    assert_non_null(strstr(shown, LINE));
}

static void hidden_line_is_read_and_does_not_show(void **state)
{
    TS_UNUSED(state);
    char shown[256];
    assert_exit(ask_and_type(true, SIG_DFL, LINE "\n", shown), 0);
    assert_null(strstr(shown, "pass"));
}

static void interrupt_at_a_hidden_prompt_ends_with_echo_on(void **state)
{
    TS_UNUSED(state);
    char shown[256];
    assert_signal(ask_and_type(true, SIG_DFL, "half a pass\003", shown), SIGINT);
    assert_null(strstr(shown, "pass"));
}

static void termination_at_a_hidden_prompt_ends_with_echo_on(void **state)
{
    TS_UNUSED(state);
    seat s;
    int status = 0;
    char shown[256];
    sit_down(&s, true, SIG_DFL);
    wait_for_prompt(&s);
    assert_int_equal(kill(s.asks, SIGTERM), 0);
    get_up(&s, &status, shown);
    assert_signal(status, SIGTERM);
}

static void interrupt_that_somebody_handles_cancels_the_question(void **state)
{
    TS_UNUSED(state);
    char shown[256];
    assert_exit(ask_and_type(true, on_signal, "\003", shown), 1);
}

static void interrupt_that_is_ignored_leaves_the_question(void **state)
{
    TS_UNUSED(state);
    seat s;
    int status = 0;
    char shown[256];
    sit_down(&s, true, SIG_IGN);
    wait_for_prompt(&s);
    type(&s, "\003");
    /* the line must not come first: a signal is looked at when a key is waited for */
    usleep(100000);
    type(&s, LINE "\n");
    get_up(&s, &status, shown);
    assert_exit(status, 0);
    assert_null(strstr(shown, "pass"));
}

/* The longest line, one that is longer by a byte, and one without an end. */
static void lines_of_a_pipe_have_a_limit(void **state)
{
    TS_UNUSED(state);
    enum { MOST = TS_CONSOLE_LINE_MAX - 2 }; /* beside its end and the NUL */
    char text[2 * MOST + 4];
    char lines[4][TS_CONSOLE_LINE_MAX];
    bool good[4];
    bool end[4];
    ts_code code[4];
    int ends[2];
    int before = dup(STDIN_FILENO);
    memset(text, 'x', sizeof text);
    text[MOST] = '\n';
    memcpy(text + sizeof text - 2, "\nz", 2);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, sizeof text), sizeof text);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    for (int i = 0; i < 4; i++) {
        ts_err *err = NULL;
        good[i] = ts_console_line(true, lines[i], &end[i], &err);
        code[i] = ts_err_code(err);
        ts_err_free(err);
        if (i == 1)
            (void)!read(STDIN_FILENO, text, 1); /* the end of the long one */
    }
    dup2(before, STDIN_FILENO);
    close(before);
    close(ends[0]);
    assert_true(good[0] && !end[0]);
    assert_int_equal(strlen(lines[0]), MOST);
    assert_false(good[1]);
    assert_int_equal(code[1], TS_LIMIT);
    assert_true(good[2] && !end[2]);
    assert_string_equal(lines[2], "z");
    assert_true(good[3] && end[3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_that_is_typed_is_read_and_shows),
        cmocka_unit_test(hidden_line_is_read_and_does_not_show),
        cmocka_unit_test(interrupt_at_a_hidden_prompt_ends_with_echo_on),
        cmocka_unit_test(termination_at_a_hidden_prompt_ends_with_echo_on),
        cmocka_unit_test(interrupt_that_somebody_handles_cancels_the_question),
        cmocka_unit_test(interrupt_that_is_ignored_leaves_the_question),
        cmocka_unit_test(lines_of_a_pipe_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
