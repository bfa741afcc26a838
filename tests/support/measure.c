/* measure OUT PROGRAM ARG... - runs a program and writes one line of what it took to OUT.
 *
 * A process of its own, because Linux hands the peak memory of whoever forks on to what is
 * executed: measured from a large Python process, a small program would look large. The line is
 * "STATUS WALL_S USER_S SYSTEM_S PEAK_RSS_BYTES"; STATUS is the exit status or 128 + signal.
 * A signal that asks measure to end is passed on to the program. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;

static void pass_on(int sig) {
    if (child > 0) kill(child, sig);
}

static double seconds(struct timeval t) {
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv) {
    if (argc < 3) return 125;
    struct timespec a, b;
    struct rusage used;
    int status = 0;
    clock_gettime(CLOCK_MONOTONIC, &a);
    child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (child < 0) return 125;
    struct sigaction pass = {.sa_handler = pass_on};
    sigaction(SIGINT, &pass, NULL);
    sigaction(SIGTERM, &pass, NULL);
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR) return 125;
    clock_gettime(CLOCK_MONOTONIC, &b);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    FILE *f = fopen(argv[1], "w");
    if (!f) return 125;
    fprintf(f, "%d %.6f %.6f %.6f %lld\n", code,
            (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9,
            seconds(used.ru_utime), seconds(used.ru_stime), (long long)used.ru_maxrss * 1024);
    return fclose(f) == 0 ? code : 125;
}
