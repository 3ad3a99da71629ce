/* What the threads variants export besides mote.h. Each worker has an instance of the module on the same memory. */
#include "../runtime/mote.h"

extern "C" {
mote_uint32 mote_threads_open(mote_uint32 workers, int may_wait);  /* by the main thread, once, before the first run: how many workers may join; 0 where memory ran out. may_wait: it may block */
mote_uint32 mote_threads_wanted(void);                             /* 1 if there has been work for workers */
void mote_thread_run(mote_uint32 number);                          /* by worker `number` from 0: works until mote_threads_close */
void mote_thread_lost(void);                                       /* by a worker whose run trapped */
void mote_threads_close(void);                                     /* lets the workers return */
}
