// Preloaded into a program, makes its fsync and fdatasync cost nothing: what synchronous=FULL costs
// is the difference, measured on one and the same binary. Only for tests/bench/run.

extern "C" {
int fsync(int descriptor);
int fdatasync(int descriptor);
}

int fsync(int /*descriptor*/) {
  return 0;
}

int fdatasync(int /*descriptor*/) {
  return 0;
}
