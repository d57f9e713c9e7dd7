#include "tests/sim/disk_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <new>

namespace fovea::sim {
namespace {

struct OpenFile {
  sqlite3_file base;
  DiskVfs* vfs;
  std::string* path;
};

OpenFile& of(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}
Disk& disk_of(sqlite3_file* file) {
  return of(file).vfs->disk();
}

int status_of(Disked disked, int broken) {
  switch (disked) {
    case Disked::kOk:
      return SQLITE_OK;
    case Disked::kFull:
      return SQLITE_FULL;
    case Disked::kMissing:
      return SQLITE_IOERR_DELETE_NOENT;
    default:
      return broken;
  }
}

int close_file(sqlite3_file* file) {
  delete of(file).path;
  of(file).path = nullptr;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
  const std::string* bytes = disk_of(file).find(*of(file).path);
  if (bytes == nullptr) return SQLITE_IOERR_READ;
  auto at = static_cast<size_t>(offset), wanted = static_cast<size_t>(count);
  size_t there = at < bytes->size() ? std::min(wanted, bytes->size() - at) : 0;
  if (there > 0) std::memcpy(to, bytes->data() + at, there);
  std::memset(static_cast<char*>(to) + there, 0, wanted - there);
  return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
  std::string_view bytes(static_cast<const char*>(from), static_cast<size_t>(count));
  return status_of(disk_of(file).write(*of(file).path, static_cast<uint64_t>(offset), bytes), SQLITE_IOERR_WRITE);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  return status_of(disk_of(file).truncate(*of(file).path, static_cast<uint64_t>(size)), SQLITE_IOERR_TRUNCATE);
}

int sync_file(sqlite3_file* file, int) {
  return status_of(disk_of(file).sync(*of(file).path), SQLITE_IOERR_FSYNC);
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  const std::string* bytes = disk_of(file).find(*of(file).path);
  if (bytes == nullptr) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(bytes->size());
  return SQLITE_OK;
}

int lock_file(sqlite3_file*, int) {
  return SQLITE_OK;
}
int check_lock(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}
int control_file(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return 4096;
}
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;  // as SQLite takes any disk to be
}

int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  auto& regions = of(file).vfs->regions(*of(file).path);
  *out = nullptr;
  while (regions.size() <= static_cast<size_t>(region)) {
    if (!extend) return SQLITE_OK;
    regions.push_back(std::make_unique<char[]>(static_cast<size_t>(size)));
  }
  *out = regions[static_cast<size_t>(region)].get();
  return SQLITE_OK;
}
int lock_shared(sqlite3_file*, int, int, int) {
  return SQLITE_OK;
}
void barrier(sqlite3_file*) {}
int unmap_shared(sqlite3_file* file, int remove) {
  if (remove && of(file).path) of(file).vfs->regions(*of(file).path).clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    2,           close_file, read_file,    write_file,   truncate_file, sync_file,       size_of_file,
    lock_file,   lock_file,  check_lock,   control_file, sector_size,   characteristics, map_shared,
    lock_shared, barrier,    unmap_shared, nullptr,      nullptr};

DiskVfs& vfs_of(sqlite3_vfs* vfs) {
  return *static_cast<DiskVfs*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  static std::atomic<int> serial{0};
  std::string path = name ? name : "/temporary/" + std::to_string(serial++);
  Disk& disk = vfs_of(vfs).disk();
  file->pMethods = nullptr;
  if (disk.find(path) == nullptr) {
    if (!(flags & SQLITE_OPEN_CREATE) || disk.create(path) != Disked::kOk) return SQLITE_CANTOPEN;
  }
  of(file).vfs = &vfs_of(vfs);
  of(file).path = new std::string(std::move(path));
  file->pMethods = &kMethods;
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int) {
  return status_of(vfs_of(vfs).disk().remove(name), SQLITE_IOERR_DELETE);
}

int access_file(sqlite3_vfs* vfs, const char* name, int, int* result) {
  const std::string* bytes = vfs_of(vfs).disk().find(name);
  *result = bytes != nullptr && !bytes->empty();
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int count, char* out) {
  std::memset(out, 7, static_cast<size_t>(count));  // the same run from the same seed
  return count;
}

int sleep_none(sqlite3_vfs*, int) {
  return 0;
}
int no_time(sqlite3_vfs*, double* out) {
  *out = 2460000.5;
  return SQLITE_OK;
}
int no_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

DiskVfs::DiskVfs(Disk& disk) : disk_(disk), vfs_(std::make_unique<sqlite3_vfs>()) {
  static std::atomic<int> serial{0};
  name_ = "fovea-sim-" + std::to_string(serial++);
  *vfs_ = sqlite3_vfs{};
  vfs_->iVersion = 1;
  vfs_->szOsFile = sizeof(OpenFile);
  vfs_->mxPathname = 512;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = open_file;
  vfs_->xDelete = delete_file;
  vfs_->xAccess = access_file;
  vfs_->xFullPathname = full_path;
  vfs_->xRandomness = randomness;
  vfs_->xSleep = sleep_none;
  vfs_->xCurrentTime = no_time;
  vfs_->xGetLastError = no_error;
  sqlite3_vfs_register(vfs_.get(), 0);
}

DiskVfs::~DiskVfs() {
  sqlite3_vfs_unregister(vfs_.get());
}

}  // namespace fovea::sim
