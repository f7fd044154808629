// Tells the service manager how a run stands: systemd's Type=notify and WatchdogSec= (sd_notify(3), datagrams
// of NAME=VALUE lines to the socket that NOTIFY_SOCKET names). Without that variable nothing is done, and
// what cannot be told never hurts: no call blocks or throws.
//
//   ServiceNotification service;        // before the loop
//   service.alive();                    // after each step; cheap
//   service.status("epoch 3/12, ...");  // with each log line
//   service.stopping();                 // when the loop has ended, before the last save is waited for
#pragma once

#include <chrono>
#include <string>

namespace favras::seq2seq {

class ServiceNotification {
 public:
  using Clock = std::chrono::steady_clock;

  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  ServiceNotification();
  ~ServiceNotification();
  ServiceNotification(const ServiceNotification&) = delete;
  ServiceNotification& operator=(const ServiceNotification&) = delete;

  // READY=1 at the first call, then WATCHDOG=1 at most four times in each interval of the watchdog.
  void alive(Clock::time_point now = Clock::now());
  void status(const std::string& text);  // one line, seen in systemctl status
  void stopping();

 private:
  bool send(const std::string& message) const;

  int socket_ = -1;
  std::string address_;                    // as in the socket's address: an abstract one begins with a NUL
  std::chrono::microseconds interval_{0};  // of the watchdog; 0: none
  bool ready_ = false;
  Clock::time_point last_alive_;
};

}  // namespace favras::seq2seq
