#include "daemon/cli/command_line.h"

// libcurl brings GnuTLS along for a protocol that nobody speaks here, and GnuTLS would set itself
// up in every process before main(): a megabyte of resident memory, a tenth of the start. It asks
// for this by name first (GNUTLS_SKIP_GLOBAL_INIT of gnutls/gnutls.h).
extern "C" int _gnutls_global_init_skip();  // NOLINT(bugprone-reserved-identifier)
int _gnutls_global_init_skip() {            // NOLINT(bugprone-reserved-identifier)
  return 1;
}

int main(int argc, char** argv) {
  return liandong::run_command_line(argc, argv);
}
