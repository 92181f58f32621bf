'use strict';

// The local component: Serverless Devs loads it in place of fc3 where FC_COMPONENT names this folder, such as
//
//   FC_COMPONENT=./internal/component s deploy
//
// from the folder of s.yaml, or with an absolute path from anywhere. It hands the props to internal/cmd/local, which does
// the work. Credentials are neither asked for nor handed on.
// https://docs.serverless-devs.com/user-guide/spec/

const { spawnSync } = require('child_process');
const path = require('path');

const { schema } = require('./schema.js');

const root = path.resolve(__dirname, '../..');

// handedOn are the variables that Go needs. All others stay here: there may be credentials among them.
const handedOn = /^(PATH|HOME|TMPDIR|XDG_CACHE_HOME|GO[A-Z0-9]*|CGO_ENABLED|CC)$/;

// ownOptions are those of s itself, which it leaves among the arguments, with the number of values that follow each. None
// of them is for the command; -y says that nothing shall be asked, and nothing is.
const ownOptions = {
  '-t': 1, '--template': 1, '-a': 1, '--access': 1, '-o': 1, '--output': 1, '--env': 1,
  '--debug': 0, '--skip-actions': 0, '--silent': 0, '--verify': 0, '--no-verify': 0, '-y': 0, '--assume-yes': 0,
};

module.exports = class LocalFunctionCompute {
  // s verify checks the props against it.
  getSchema() {
    return JSON.stringify(schema(process.env.FC3_SCHEMA));
  }

  async local(inputs) {
    const [subcommand, ...flags] = inputs.args;
    if (subcommand !== 'invoke') {
      throw new Error('want s local invoke, with -e EVENT or -f FILE');
    }
    run({ ...inputs, args: flags }, 'invoke');
  }

  async deploy(inputs) {
    run(inputs, 'deploy');
  }

  async invoke(inputs) {
    run(inputs, 'invoke', '--deployed');
  }

  async info(inputs) {
    run(inputs, 'info');
  }

  async remove(inputs) {
    run(inputs, 'remove');
  }
};

// run throws where the command fails, so that s says that it failed and runs the hooks for it. With -o json s would still
// end with status 0, hence the other one.
function run(inputs, ...command) {
  const folder = path.dirname(inputs.yaml.path);
  const args = ['run', './internal/cmd/local', '--folder', folder, ...command, ...withoutOwnOptions(inputs.args)];
  const child = spawnSync('go', args, {
    cwd: root,
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => handedOn.test(name))),
    input: JSON.stringify(inputs.props),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  if (child.error) {
    throw new Error(`go cannot be started (${child.error.code}): want Go on the PATH`);
  }
  if (child.status !== 0) {
    process.exitCode = 1;
    throw new Error(`${inputs.command} failed; what is printed above says why`);
  }
}

function withoutOwnOptions(args) {
  const left = [];
  for (let i = 0; i < args.length; i++) {
    if (args[i] in ownOptions) {
      i += ownOptions[args[i]];
    } else {
      left.push(args[i]);
    }
  }
  return left;
}
