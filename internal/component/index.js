'use strict';

// The local component: Serverless Devs loads it in place of fc3 where FC_COMPONENT names this folder, such as
//
//   FC_COMPONENT=./internal/component s deploy
//
// from the folder of s.yaml. It hands the props to internal/cmd/local, which does the work, and deploys nothing. README.md
// of this folder lists how it differs from fc3. https://docs.serverless-devs.com/user-guide/spec/

const { spawn } = require('child_process');
const fs = require('fs');
const path = require('path');

const root = path.resolve(__dirname, '../..');
const schema = path.join(root, 'internal/deployment/schema.json');

// handedOn are the variables that Go needs. All others stay here: there may be credentials among them.
const handedOn = /^(PATH|HOME|TMPDIR|XDG_CACHE_HOME|GO[A-Z0-9]*|CC)$/;

// common are the flags of the Makefile, so that everything is compiled once.
const common = '-trimpath -tags=nethttpomithttp2 -buildvcs=false';

// quiet is how long Go may compile before a person reads that it does, in milliseconds.
const quiet = 3000;

// ownOptions are those of s itself, which it leaves among the arguments, with the number of values that follow each. None
// of them is for the command; -y says that nothing shall be asked, and nothing is.
const ownOptions = {
  '-t': 1, '--template': 1, '-a': 1, '--access': 1, '-o': 1, '--output': 1, '--env': 1,
  '--debug': 0, '--skip-actions': 0, '--silent': 0, '--verify': 0, '--no-verify': 0, '-y': 0, '--assume-yes': 0,
};

class Rehearsal {
  // s verify compares the props with it.
  getSchema() {
    return fs.readFileSync(schema, 'utf8');
  }

  async deploy(inputs) {
    await requireAccess(inputs);
    await run(inputs, 'deploy');
  }

  async plan(inputs) {
    await run(inputs, 'plan');
  }

  async local(inputs) {
    const [subcommand, ...flags] = inputs.args;
    if (subcommand !== 'invoke') {
      throw failed('want s local invoke, with -e EVENT or -f FILE');
    }
    await run({ ...inputs, args: flags }, 'invoke');
  }

  async invoke(inputs) {
    console.error('rehearsal: nothing is deployed, so s invoke is s local invoke here');
    await run(inputs, 'invoke');
  }
}

// s ends with status 0 after a command that a component does not have, so each unknown one of its command line is one that
// fails.
module.exports = class {
  constructor() {
    return new Proxy(new Rehearsal(), {
      get(component, name) {
        if (name in component || !process.argv.includes(name)) {
          return component[name];
        }
        return async () => {
          throw failed(`s ${name} is not rehearsed: there are verify, plan, deploy, invoke and local invoke`);
        };
      },
    });
  }
};

// requireAccess asks for the access as fc3 does. Nothing of it is used or handed on.
async function requireAccess(inputs) {
  try {
    await inputs.getCredential();
  } catch {
    throw failed('no such access: s config add makes the one named default, and -a ALIAS picks another; for a rehearsal its values may be invented');
  }
}

// failed makes s end with another status than 0, also with -o json.
function failed(text) {
  process.exitCode = 1;
  return new Error(text);
}

async function run(inputs, command) {
  const folder = path.dirname(inputs.yaml.path);
  const args = ['run', './internal/cmd/local', '--folder', folder, command, ...withoutOwnOptions(inputs.args)];
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => handedOn.test(name)));
  const given = (env.GOFLAGS || '').split(' ').filter((flag) => flag && !common.split(' ').includes(flag));
  Object.assign(env, { CGO_ENABLED: '0', GOFLAGS: [...given, common].join(' ') });
  const child = spawn('go', args, { cwd: root, env, stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin.on('error', () => {}); // it ended before it read all, and its status says why
  child.stdin.end(JSON.stringify(inputs.props));
  const notice = setTimeout(() => console.error('compiling the rehearsal, about a minute the first time …'), quiet);
  const status = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.code));
    child.on('close', resolve);
  });
  clearTimeout(notice);
  if (typeof status === 'string') {
    throw failed(`go cannot be started (${status}): want Go on the PATH`);
  }
  if (status !== 0) {
    throw failed(`${inputs.command} failed; the lines above say why`);
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
