package main

import (
	"path/filepath"
	"strings"

	"todokit/gateway/gatewayapp"
	"todokit/pkg/config"
	"todokit/pkg/process"
	"todokit/task/taskapp"
	"todokit/user/userapp"
)

// settings are the same keys as those of the separate commands. Keys that
// more than one service has begin with the service's name.
type settings struct {
	process.Config
	Data    dataConfig         `config:"data"`
	Etcd    process.EtcdConfig `config:"etcd"`
	Gateway gatewayapp.Config
	User    userapp.Config `config:"user"`
	Task    taskapp.Config `config:"task"`
}

type dataConfig struct {
	Dir string `config:"dir" usage:"folder for the databases and sockets; made, for its owner only, if it is missing"`
}

// Validate names the keys that are wrong.
func (c dataConfig) Validate() error {
	if strings.TrimSpace(c.Dir) == "" {
		return config.Invalid("dir", "must name a folder")
	}
	return nil
}

// defaults leave empty what depends on the data folder; see useFolder.
func defaults() *settings {
	s := &settings{
		Config:  process.DefaultConfig("127.0.0.1:8081"),
		Data:    dataConfig{Dir: "data"},
		Etcd:    process.DefaultEtcd(),
		Gateway: gatewayapp.DefaultConfig(),
		User:    userapp.DefaultConfig(),
		Task:    taskapp.DefaultConfig(),
	}
	s.Etcd.Endpoints, s.User.GRPC.Addr, s.Task.GRPC.Addr = nil, "", ""
	s.Gateway.HTTP.Notice = 0 // Ctrl-C ends it at once
	return s
}

// useFolder puts into the folder what was not configured. It returns the names of
// the databases in there.
func (s *settings) useFolder(f *folder) (databases []string) {
	for _, part := range []struct {
		name     string
		addr     *string
		database *config.Secret
	}{
		{userapp.Name, &s.User.GRPC.Addr, &s.User.Database.URL},
		{taskapp.Name, &s.Task.GRPC.Addr, &s.Task.Database.URL},
	} {
		if *part.addr == "" {
			*part.addr = "unix:" + filepath.Join(f.sockets, part.name+".sock")
		}
		if part.database.Empty() {
			file := part.name + ".db"
			*part.database = config.NewSecret("sqlite:" + filepath.Join(f.dir, file))
			databases = append(databases, file)
		}
	}
	return databases
}
